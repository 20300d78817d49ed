#!/usr/bin/perl
# Proves that every public header compiles alone, twice over, in C and in C++, with gcc and with
# clang, for narrow and for wide names, and beside the headers of the libraries we stand on.
use strict;
use warnings;
use File::Basename qw(basename dirname);
use File::Temp qw(tempdir);

my $include = dirname($0) . '/../../include';
my $work    = tempdir(CLEANUP => 1);
my @headers = map { basename($_) } sort glob "$include/*.h";
my @strict  = qw(-Wall -Wextra -Wpedantic -Wshadow -Wundef -Wpointer-arith -Wwrite-strings
                 -Werror);
my @c       = qw(-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition);

my @compilers = (
    ['gcc',     '-xc',   '-std=c11',   @strict, @c],
    ['gcc',     '-xc',   '-std=gnu11', @strict, @c],
    ['clang',   '-xc',   '-std=c11',   @strict, @c],
    ['g++',     '-xc++', '-std=c++11', @strict],
    ['g++',     '-xc++', '-std=c++20', @strict],
    ['clang++', '-xc++', '-std=c++11', @strict],
    ['clang++', '-xc++', '-std=c++20', @strict],
);
my @worlds = ([], ['-DUNICODE'], ['-DSECURITY_WIN32', '-DCREDMGR_WINDOWS_ANNOTATIONS']);

my @neighbours = qw(errno.h netdb.h poll.h signal.h stdbool.h sys/socket.h unistd.h cap-ng.h
                    event2/event.h gssapi/gssapi_krb5.h ini.h keyutils.h krb5.h openssl/ocsp.h
                    openssl/pkcs7.h openssl/ssl.h openssl/x509v3.h protobuf-c/protobuf-c.h seccomp.h
                    security/pam_appl.h security/pam_ext.h security/pam_modules.h unistr.h);

sub found
{
    return system("command -v $_[0] >/dev/null 2>&1") == 0;
}

# Compiles a text; returns what the compiler said, empty when it was content.
sub compile
{
    my ($text, @command) = @_;
    open my $out, '>', "$work/text" or die "$work: $!";
    print $out $text;
    close $out or die "$work: $!";
    my $said = `@command -I$include -fsyntax-only $work/text 2>&1`;
    return $? == 0 ? '' : $said || "$command[0] ended with status $?\n";
}

my ($n, $bad) = (0, 0);

sub report
{
    my ($what, $log) = @_;
    printf "%sok %d - %s\n", ($log eq '' ? '' : 'not '), ++$n, $what;
    print map { "# $_\n" } split /\n/, $log;
    $bad ||= $log ne '';
}

for (qw(gcc clang)) {
    next if found($_);
    print "Bail out!  $_ is missing: install it\n";
    exit 1;
}
@compilers = grep { found($_->[0]) } @compilers;

print '1..', @headers + 3, "\n";
for my $header (@headers) {
    my ($log, $ways) = ('', 0);
    for my $compiler (@compilers) {
        for my $world (@worlds) {
            $log .= compile("#include <$header>\n" x 2, @$compiler, @$world);
            $ways++;
        }
    }
    report("$header compiles alone, in $ways ways", $log);
}

# The warnings of the neighbours' own headers are not ours to judge.
my $ours   = join '', map { "#include <$_>\n" } @headers;
my $theirs = join '', map { "#include <$_>\n" } @neighbours;
my $gnu    = "#define _GNU_SOURCE\n";
my @plain  = map { [grep { !/^-W/ } @$_] } @compilers;
report('all of them, after those of the libraries below us',
       join '', map { compile("$gnu$theirs$ours", @$_) } @plain);
report('all of them, before those of the libraries below us',
       join '', map { compile("$gnu$ours$theirs", @$_) } @plain);

compile($ours, 'true');
my $short = qr/IN|OUT|OPTIONAL|CONST|FAR|NEAR|near|far|min|max|small|interface|ERROR/;
my @taken = grep { /^#define (?:$short)\b/ } `gcc -xc -E -dM -I$include $work/text`;
report('short names that others use stay free', join '', @taken);
exit($bad ? 1 : 0);
