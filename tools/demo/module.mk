# The story of one login, told on the terminal with everything real.
demo: world
	BUILD=$(BUILD) tools/demo/demo.sh
