# The tables and the JSON of credmgr(1).
$(eval $(call unit_test,test_report,tests/unit/tools/test_report.c tools/credmgr/report.c tools/credmgr/report_json.c,$(unistring_LIBS)))
$(eval $(call unit_test,test_commands,tests/unit/tools/test_commands.c $(filter-out %/main.c %/save.c,$(credmgr_SRCS)),$(notify_LIBS) $(packages_LIBS)))
$(eval $(call unit_test,test_save,tests/unit/tools/test_save.c $(addprefix tools/credmgr/,save.c password.c common.c report.c report_json.c),$(base_LIBS) $(unistring_LIBS)))
