$(eval $(call fuzz_target,notify-request,fuzz/notify-request/fuzz_request.c,$(notify_LIBS)))
