#!/usr/bin/perl
# Reads PAM files as pam.conf(5) describes them and says what is wrong:
#
#   stack.pl FILE…         FILE:LINE: what, for each mistake; the status is 1 when there was one
#   stack.pl --modules FILE…   the modules that they name
#
# A jump may skip the last of its group, but no more: libpam takes that for an error.
use strict;
use warnings;

my %actions = map { $_ => 1 } qw(ignore bad die ok done reset);
my %codes = map { $_ => 1 } qw(success open_err symbol_err service_err system_err buf_err perm_denied auth_err
    cred_insufficient authinfo_unavail user_unknown maxtries new_authtok_reqd acct_expired session_err cred_unavail
    cred_expired cred_err no_module_data conv_err authtok_err authtok_recover_err authtok_lock_busy
    authtok_disable_aging try_again ignore abort authtok_expired module_unknown bad_item conv_again incomplete default);
my $wrong = 0;
my $modules = @ARGV && $ARGV[0] eq '--modules' ? shift : undef;
my %modules;

for my $file (@ARGV) {
    open(my $in, '<', $file) or die "$file: $!\n";
    my (%group, @jumps);
    while (my $line = <$in>) {
        chomp $line;
        next if $line =~ /^\s*(#.*)?$/;
        my $at = "$file:$.";
        my $complain = sub { print "$at: $_[0]\n"; $wrong = 1; };
        next if $line =~ /^\@include\s+\S+\s*$/;
        if ($line !~ /^-?(auth|account|password|session)\s+(\[[^\]]*\]|\S+)\s+(\S+)(\s.*)?$/) {
            $complain->("not a line of a stack: $line");
            next;
        }
        my ($type, $control, $module) = ($1, $2, $3);
        my $number = $group{$type}++;
        if ($control =~ /^\[(.*)\]$/) {
            for my $pair (split ' ', $1) {
                my ($code, $action) = $pair =~ /^(\w+)=(\w+)$/ or $complain->("not code=action: $pair"), next;
                $complain->("no return code: $code") unless $codes{$code};
                $complain->("no action: $action") unless $actions{$action} || $action =~ /^[1-9][0-9]*$/;
                push @jumps, [$at, $type, $number + 1 + $action] if $action =~ /^\d+$/;
            }
        } elsif ($control !~ /^(required|requisite|sufficient|optional|include|substack)$/) {
            $complain->("no control: $control");
        }
        next if $control =~ /^(include|substack)$/;
        $complain->("no module: $module") unless $module =~ /^pam_\w+\.so$/;
        $modules{$module} = 1;
    }
    for my $jump (@jumps) {
        my ($at, $type, $target) = @$jump;
        next if $target <= $group{$type};
        print "$at: jumps out of $type\n";
        $wrong = 1;
    }
}
print map { "$_\n" } sort keys %modules if $modules;
exit $wrong;
