#!/usr/bin/perl
# Proves that a credential manager written for Windows needs no change here: one file compiles with
# the headers of mingw-w64 for Windows and with ours, in C and in C++, and becomes a shared object
# that exports what a manager must.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Temp qw(tempdir);

my $here   = dirname($0);
my $root   = "$here/../..";
my $source = "$here/windows_manager.c";
my $mingw  = $ENV{MINGW_INCLUDE} // '/usr/share/mingw-w64/include';
my $build  = $ENV{BUILD}         // "$root/build";
my $work   = tempdir(CLEANUP => 1);
my @strict = qw(-Wall -Wextra -Wpedantic -Werror);

my ($n, $bad) = (0, 0);

sub report
{
    my ($what, $good, $log) = @_;
    printf "%sok %d - %s\n", ($good ? '' : 'not '), ++$n, $what;
    return if $good;
    print map { "# $_\n" } split /\n/, $log;
    $bad = 1;
}

sub run
{
    my (@command) = @_;
    my $said = `@command 2>&1`;
    return ($? == 0, $said);
}

unless (-e "$build/lib/libmpr.so") {
    print "Bail out!  $build/lib/libmpr.so is not built (make all)\n";
    exit 1;
}

# Microsoft's headers declare the functions without dllexport, which clang finds worth a warning.
my @windows = ('clang', '--target=x86_64-w64-mingw32', '-nostdlibinc', '-isystem', $mingw,
               '-D_WIN32_WINNT=0x0A00', '-fsyntax-only', '-Wno-dll-attribute-on-redeclaration',
               qw(-Wall -Wextra -Werror));
for (['C', '-xc', '-std=gnu11'], ['C++', '-xc++', '-std=gnu++17']) {
    my ($name, @language) = @$_;
    report("with the headers of mingw-w64, $name", run(@windows, @language, $source));
}

my @ways = (
    ['gcc, C',              'gcc',     '-xc',   '-std=c11'],
    ['gcc, UNICODE',        'gcc',     '-xc',   '-std=gnu11', '-DUNICODE', '-O2',
                            '-D_FORTIFY_SOURCE=2'],
    ['gcc, hidden symbols', 'gcc',     '-xc',   '-std=gnu11', '-fvisibility=hidden'],
    ['clang, C',            'clang',   '-xc',   '-std=c11'],
    ['g++, C++11',          'g++',     '-xc++', '-std=c++11'],
    ['clang++, C++20',      'clang++', '-xc++', '-std=c++20'],
);
for (@ways) {
    my ($name, @compiler) = @$_;
    my $object = "$work/manager.so";
    unlink $object;
    my ($good, $log) = run(@compiler, @strict, '-fshort-wchar', "-I$root/include", '-fPIC',
                           '-shared', '-Wl,-z,defs', '-o', $object, $source, "-L$build/lib",
                           '-lmpr');
    report("with ours: $name", $good, $log);
    my %exported = map { $_ => 1 } `nm -D --defined-only $object` =~ /^[0-9a-f]+ T (\w+)/gm;
    my @missing  = grep { !$exported{$_} }
        qw(DllMain NPGetCaps NPLogonNotify NPPasswordChangeNotify);
    report("$name: the object exports what a manager must", !@missing, "not exported: @missing");
}

# A string of 4-byte characters must not get through where WCHARs are wanted.
my ($good) = run('gcc', '-xc', '-std=c11', '-Werror', "-I$root/include", '-fsyntax-only', $source);
report('without -fshort-wchar L"…" is refused, not misread', !$good, 'it compiles');

print "1..$n\n";
exit $bad;
