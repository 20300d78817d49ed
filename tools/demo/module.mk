# The demo runs in the world of the system tests.
demo: world
	BUILD=$(BUILD) tools/demo/demo.sh
