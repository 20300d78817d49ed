#!/usr/bin/perl
# Proves that our headers say what Windows says: every constant and every structure (size, and
# offset and size of each member) that they declare is evaluated twice from one generated table, by
# the native compiler with our headers and by clang with mingw-w64's, and compared. Of functions the
# names and the numbers of parameters are compared. What mingw-w64 lacks must stand in
# not-in-mingw.list, with its source; and nothing else may stand there.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Temp qw(tempdir);

my @headers = qw(windows.h winbase.h ntstatus.h sspi.h secext.h security.h ntsecapi.h ntsecpkg.h winnetwk.h
                 npapi.h credssp.h wincrypt.h schannel.h);
my $here    = dirname($0);
my $ours    = "$here/../../include";
my $list    = "$here/not-in-mingw.list";
my $mingw   = $ENV{MINGW_INCLUDE} // '/usr/share/mingw-w64/include';
my $cc      = $ENV{CC}            // 'gcc';
my $clang   = $ENV{CLANG}         // 'clang';
my $work    = tempdir(CLEANUP => 1);

# Ours declare one world; of mingw-w64's we take the newest Windows.
my @mine   = ('-std=gnu11', "-I$ours");
my @theirs = ('--target=x86_64-w64-mingw32', '-std=gnu11', '-nostdlibinc', '-isystem', $mingw,
              '-D_WIN32_WINNT=0x0A00', '-DWINVER=0x0A00', '-DNTDDI_VERSION=0x0A00000C');

my $my_includes    = join '', map { "#include <$_>\n" } @headers;
my $their_includes = <<'END';
#define SECURITY_WIN32
#define WIN32_NO_STATUS
#include <windows.h>
#undef WIN32_NO_STATUS
#define _DECL_DLLMAIN
#include <process.h>
#include <winternl.h>
#include <ntstatus.h>
#define SCHANNEL_USE_BLACKLISTS
#define _SEC_WINNT_AUTH_TYPES
#include <security.h>
#include <ntsecapi.h>
#include <ntsecpkg.h>
#include <winnetwk.h>
#include <npapi.h>
#include <credssp.h>
#include <schannel.h>
END

sub bail
{
    print "Bail out!  $_[0]\n";
    exit 1;
}

sub write_file
{
    my ($path, $text) = @_;
    open my $out, '>', $path or bail("$path: $!");
    print $out $text;
    close $out or bail("$path: $!");
}

# ---- 1. what our headers declare ----------------------------------------------------------------

# The text of each header alone, after preprocessing, and its object-like macros.
sub preprocess
{
    my (@defines) = @_;
    my (%text, %macro, $file);
    open my $in, '-|', $clang, '-E', '-dD', @mine, @defines, "$work/ours.c"
        or bail("cannot run $clang");
    while (<$in>) {
        if (/^# \d+ "([^"]+)"/) {
            $file = $1 =~ m{\Q$ours\E/([^/]+)$} ? $1 : undef;
        } elsif (defined $file) {
            if (/^#define (\w+)(?:\s+(.*\S))?\s*$/) {
                $macro{$1} = { header => $file, body => $2 // '' };
            } elsif (/^#define (\w+)\(/) {
                $macro{$1} = { header => $file, body => '' };    # with parameters: not compared
            } elsif (!/^#/) {
                $text{$file} .= $_;
            }
        }
    }
    close $in or bail('our headers do not compile');
    return (\%text, \%macro);
}

# The names in a declarator list that are not pointers.
sub plain_names
{
    return map { /^\s*(\w+)\s*$/ ? $1 : () } split /,/, $_[0];
}

# Types, members and enumerators of one header: a small reader for the one style we write.
sub read_declarations
{
    my ($header, $text, $found) = @_;
    while ($text =~ /\b(struct|union|enum)\s*(\w+)?\s*(\{(?:[^{}]++|(?3))*\})\s*([^;]*);/g) {
        my ($kind, $tag, $body, $names) = ($1, $2, substr($3, 1, -1), $4);
        if ($kind eq 'enum') {
            for (grep { /\w/ } split /,/, $body) {
                $found->{constant}{$1} = $header if /(\w+)/;
                $found->{count}{enumerators}++;
            }
        } else {
            my @names = plain_names($names);
            @names = "$kind $tag" unless @names;
            $found->{type}{$_} = $header for @names;
            $found->{count}{structures}++;
            read_members($header, $names[0], '', $body, $found);
        }
    }
    while ($text =~ /\btypedef\s+([^(){};]+?)(\w+)\s*((?:,[^(){};]*)?);/g) {
        my ($type, $first, $rest) = ($1, $2, $3);
        $found->{type}{$_} //= $header
            for ($type =~ /\*\s*$/ ? () : $first), plain_names(substr("$rest ", 1));
    }
    while ($text =~ /\bconst\s+GUID\s+(\w+)\s*=\s*([^;]+);/g) {
        $found->{guid}{$1} = $header;
    }
}

sub read_members
{
    my ($header, $struct, $prefix, $body, $found) = @_;
    while ($body =~ /\s*((?:[^{};]++|(\{(?:[^{}]++|(?2))*\}))+);/g) {
        my $member = $1;
        my $name;
        if ($member =~ /\b(?:struct|union)\s*\w*\s*\{(.*)\}\s*(\w*)$/s) {
            $name = $2;
            $found->{count}{structures}++;
            read_members($header, $struct, $name eq '' ? $prefix : "$prefix$name.", $1, $found);
            next if $name eq '';
        } else {
            ($name) = $member =~ /\(\s*\w*\s*\*\s*(\w+)\)/;
            ($name) = $member =~ /(\w+)\s*(?:\[[^]]*\]\s*)*$/ unless defined $name;
            defined $name or bail("$header: cannot read the member \"$member\" of $struct");
        }
        $found->{member}{"$struct.$prefix$name"} = $header;
        $found->{count}{members}++;
    }
}

# How many of each the compiler sees in a file.
sub count_declarations
{
    my ($file, @defines) = @_;
    my %count = (structures => 0, members => 0, enumerators => 0);
    open my $ast, '-|', $clang, '-fsyntax-only', '-Xclang', '-ast-dump', '-fno-color-diagnostics',
        @mine, @defines, $file or bail("cannot run $clang");
    while (<$ast>) {
        $count{structures}++  if /^[ |`-]*RecordDecl .* definition$/;
        $count{members}++     if /^[ |`-]*FieldDecl / && !/ implicit /;
        $count{enumerators}++ if /^[ |`-]*EnumConstantDecl /;
    }
    close $ast or bail("$file does not compile");
    return \%count;
}

# ---- 2. one table, evaluated by two compilers ---------------------------------------------------

# A record is found in the object file by its mark: a name, then two numbers, or a string.
my $prologue = <<'END';
#include <stddef.h>
struct number { char mark[4], name[124]; unsigned long long one, two; };
struct narrow { char mark[4], name[124]; unsigned long long size; char text[256]; };
struct wide { char mark[4], name[124]; unsigned long long size; unsigned short text[128]; };
#define GLUE2(a, b) a##b
#define GLUE(a, b) GLUE2(a, b)
#define RECORD(kind) const struct kind GLUE(record, __COUNTER__)
#define V(v) ((unsigned long long)(v) >> 1 << 1 | ((unsigned long long)(v) & 1))
#define CONSTANT(n) RECORD(number) = { "<N>", "constant " #n, V(n), 0 };
#define SIGN(t) RECORD(number) = { "<N>", "sign " #t, V((t)-1 < 0.5), 0 };
#define TYPE(t) RECORD(number) = { "<N>", "type " #t, V(sizeof(t[1])), V(_Alignof(t)) };
#define MEMBER(t, m) \
    RECORD(number) = { "<N>", "member " #t "." #m, V(offsetof(t, m)), V(sizeof(((t *)0)->m)) };
#define NARROW(n) RECORD(narrow) = { "<C>", "string " #n, V(sizeof(n)), n };
#define WIDE(n) RECORD(wide) = { "<W>", "string " #n, V(sizeof(n)), n };
END

sub table_line
{
    my ($record) = @_;
    my ($kind, $name) = split / /, $record, 2;
    $name =~ s/\./, / if $kind eq 'member';
    return uc($kind) . "($name)\n";
}

# Runs a compiler on a source; returns the numbers of the lines it finds errors in.
sub compile
{
    my ($compiler, $flags, $source, $object) = @_;
    my $limit = $compiler =~ /clang/ ? '-ferror-limit=0' : '-fmax-errors=0';
    my $pid = fork // bail("fork: $!");
    if (!$pid) {
        open STDERR, '>', "$work/log";
        exec $compiler, @$flags, '-w', $limit, '-c', '-o', $object, $source;
        exit 127;
    }
    waitpid $pid, 0;
    return if $? == 0;
    open my $in, '<', "$work/log" or bail("$work/log: $!");
    my @log    = <$in>;
    my %errors = map { /^\Q$source\E:(\d+):(?:\d+:)? (?:fatal )?error: / ? ($1 => 1) : () } @log;
    %errors or bail("$compiler fails: " . ($log[0] // "status $?"));
    return keys %errors;
}

# The values of the records, and those that the compiler cannot evaluate: it says so line by line.
sub evaluate
{
    my ($compiler, $flags, $includes, @records) = @_;
    my $head  = $includes . $prologue;
    my $first = 1 + ($head =~ tr/\n//);
    my @failed;
    for (my $round = 1;; $round++) {
        write_file("$work/table.c", $head . join '', map { table_line($_) } @records);
        my @errors = compile($compiler, $flags, "$work/table.c", "$work/table.o") or last;
        $round < 4 or bail("$compiler finds new errors in every round");
        my %bad = map { $_ - $first => 1 } @errors;
        delete $bad{$_} and bail("$compiler: error in line $_ of the table's head")
            for grep { $_ < 0 } keys %bad;
        push @failed, map { $records[$_] } sort { $a <=> $b } keys %bad;
        @records = map { $records[$_] } grep { !$bad{$_} } 0 .. $#records;
    }

    my %value;
    open my $in, '<:raw', "$work/table.o" or bail("$work/table.o: $!");
    my $bytes = do { local $/; <$in> };
    while ($bytes =~ /<([NCW])>\0([\w .]{1,123})\0/g) {
        my ($mark, $name, $at) = ($1, $2, $-[0] + 128);
        my ($one, $two) = unpack 'Q<Q<', substr $bytes, $at, 16;
        if ($mark eq 'N') {
            $value{$name} = $name =~ /^(type|member) / ? "$one:$two" : sprintf '0x%x', $one;
        } else {
            my $text = substr $bytes, $at + 8, $one;
            $text = join '', map { chr } unpack 'v*', $text if $mark eq 'W';
            $text =~ s/\0\z//;
            $text =~ s/\0/\\0/g;
            $value{$name} = ($mark eq 'W' ? 'u' : '') . "\"$text\"";
        }
    }
    keys %value == @records
        or bail(sprintf '%d records read of %d', scalar keys %value, scalar @records);
    return (\%value, \@failed);
}

# GUIDs are objects, not constant expressions: their initializers are compared.
sub read_guids
{
    my ($flags, $source) = @_;
    my %value;
    open my $in, '-|', $clang, '-E', '-P', @$flags, $source or bail("cannot run $clang");
    my $text = do { local $/; <$in> };
    while ($text =~ /\bconst\s+GUID\s+(\w+)\s*=\s*([^;]+);/g) {
        my ($name, $fields) = ($1, $2);
        $value{"guid $name"} = join '-', map { sprintf '%x', hex } $fields =~ /0x([0-9a-fA-F]+)/g;
    }
    close $in or bail("$source does not compile");
    return \%value;
}

# Functions, with how many parameters each has.
sub read_functions
{
    my ($flags, $source) = @_;
    my (%value, $name);
    open my $ast, '-|', $clang, '-fsyntax-only', '-w', '-Xclang', '-ast-dump',
        '-fno-color-diagnostics', @$flags, $source or bail("cannot run $clang");
    while (<$ast>) {
        if (/^[|`]-/) {
            ($name) = /^..FunctionDecl .*? (\w+) '/;
            $value{"function $name"} = 0 if defined $name;
        } elsif (defined $name && /^..[|`]-ParmVarDecl /) {
            $value{"function $name"}++;
        }
    }
    close $ast or bail("$source does not compile");
    return \%value;
}

# ---- 3. what mingw-w64 lacks --------------------------------------------------------------------

# Under a line "source: ..." stand "constant NAME VALUE", "string NAME VALUE", "function NAME
# PARAMETERS" (their number) and "struct NAME SIZE:ALIGNMENT" with its members on the indented lines
# below, "NAME OFFSET:SIZE, ..."; "members NAME" lists members of a structure whose size mingw-w64
# knows. After a value, "not VALUE" is what mingw-w64 has instead.
sub read_list
{
    my ($path) = @_;
    my (%expect, $source, $struct);
    my $number = qr/-?\d+|0x[0-9a-fA-F]+/;
    my $value  = qr/u?"[^"]*"|$number:$number|$number/;
    my $add    = sub {
        my ($record, @values) = @_;
        defined $source or bail("$path:$.: no source stands above this line");
        $expect{$record} and bail("$path:$.: $record stands in the list twice");
        if ($record =~ /^constant/) {
            $_ = sprintf '0x%x', /^0x/ ? hex : $_ for grep { defined } @values;
        }
        $expect{$record} = { value => $values[0], not => $values[1], line => $. };
    };
    open my $in, '<', $path or bail("$path: $!");
    while (<$in>) {
        if (/^\s*(#|$)/) {
            next;
        } elsif (/^source: \S/) {
            ($source, $struct) = ($_, undef);
        } elsif (/^(constant|string|function) (\w+) ($value)(?: not ($value))?$/) {
            $add->("$1 $2", $3, $4);
        } elsif (/^struct (\w+) ($value)(?: not ($value))?$/) {
            $add->("type $1", $2, $3);
            $struct = $1;
        } elsif (/^members (\w+)$/) {
            $struct = $1;
        } elsif (/^\s/ && defined $struct) {
            for my $member (split /,\s*/, s/^\s+|\s+$//gr) {
                $member =~ /^([\w.]+) ($value)(?: not ($value))?$/
                    or bail("$path:$.: cannot read the member \"$member\"");
                $add->("member $struct.$1", $2, $3);
            }
        } else {
            bail("$path:$.: cannot read this line");
        }
    }
    return \%expect;
}

# ---- 4. the comparison --------------------------------------------------------------------------

my $expect = read_list($list);
my (%faults, %compared, %listed, %seen);

# Constants, structures and functions are reported apart.
sub group
{
    return 'functions' if $_[0] =~ /^function /;
    return $_[0] =~ /^(?:constant|string|guid) / ? 'constants' : 'structures';
}

sub fault
{
    my ($header, $record, $text) = @_;
    $faults{$header}{ group($record) }{"$record: $text"} = 1;
}

sub compare_world
{
    my (@defines) = @_;
    my ($text, $macro) = preprocess(@defines);
    my %found = (constant => {}, type => {}, member => {}, guid => {});
    read_declarations($_, $text->{$_} // '', \%found) for @headers;

    # The compiler counts too, so that nothing is passed over; the C library declares some itself.
    my $all    = count_declarations("$work/ours.c",   @defines);
    my $system = count_declarations("$work/system.c", @defines);
    for (keys %$all) {
        my $its = $all->{$_} - $system->{$_};
        $found{count}{$_} == $its or bail("read $found{count}{$_} $_, the compiler sees $its");
    }

    # A macro is an integer constant, a string, or another name of something declared.
    my $left_by = sub {
        my ($kind, @names) = @_;
        my (undef, $failed) =
            evaluate($clang, [@mine, @defines], $my_includes, map { "$kind $_" } sort @names);
        return map { s/^\w+ //r } @$failed;
    };
    my @macros     = grep { $macro->{$_}{body} ne '' } keys %$macro;
    my @not_number = $left_by->('constant', @macros);
    my @not_narrow = $left_by->('narrow',   @not_number);
    my %other      = map { $_ => 1 } $left_by->('wide', @not_narrow);
    my %not_number = map { $_ => 1 } @not_number;
    my %not_narrow = map { $_ => 1 } @not_narrow;
    my $everything = join ' ', values %$text;
    for (@macros) {
        my ($header, $body) = @{ $macro->{$_} }{qw(header body)};
        if (!$not_number{$_}) {
            $found{constant}{$_} = $header;
        } elsif (!$not_narrow{$_}) {
            $found{narrow}{$_} = $header;
        } elsif (!$other{$_}) {
            $found{wide}{$_} = $header;
        } elsif ($body !~ /^CREDMGR_U?AW\(\w+\)$/) {
            fault($header, "constant $_", "neither a number nor a string: $body")
                unless /^CREDMGR_/ || $body =~ /^\w+$/ && ($macro->{$body} || $everything =~ /\b$body\b/);
        }
    }

    # A typedef of a function type has no size, and only numbers have a sign.
    delete $found{type}{$_} for $left_by->('type', keys %{ $found{type} });
    $found{sign} = { %{ $found{type} } };
    delete $found{sign}{$_} for $left_by->('sign', keys %{ $found{sign} });

    my %header;
    my @records;
    for my $kind (qw(constant narrow wide type sign member)) {
        for (sort keys %{ $found{$kind} }) {
            push @records, "$kind $_";
            $header{ $kind =~ /narrow|wide/ ? "string $_" : "$kind $_" } = $found{$kind}{$_};
        }
    }
    my ($mine, $failed) = evaluate($cc, [@mine, @defines], $my_includes, @records);
    bail("$cc cannot evaluate $failed->[0]") if @$failed;
    my ($their) = evaluate($clang, [@theirs, @defines], $their_includes, @records);

    $header{"guid $_"} = $found{guid}{$_} for keys %{ $found{guid} };
    $mine  = { %$mine,  %{ read_guids([@mine,   @defines], "$work/ours.c") } };
    $their = { %$their, %{ read_guids([@theirs, @defines], "$work/theirs.c") } };

    # What the C library declares is in no header of ours.
    my $functions = read_functions([@mine, @defines], "$work/ours.c");
    for my $record (keys %$functions) {
        my ($name) = $record =~ /(\w+)$/;
        my ($in) = grep { ($text->{$_} // '') =~ /\b$name\s*\(/ } @headers;
        $header{$record} = $in if defined $in;
    }
    $mine  = { %$mine,  %$functions };
    $their = { %$their, %{ read_functions([@theirs, @defines], "$work/theirs.c") } };

    for my $record (sort keys %header) {
        my ($is, $windows, $entry) = ($mine->{$record}, $their->{$record}, $expect->{$record});
        my ($kind, $name) = split / /, $record, 2;
        if (!defined $windows) {
            # Two forms stand for their generic name, and the size for the sign.
            next if $kind eq 'string' && $macro->{$name}{body} =~ /^CREDMGR_/;
            next if $kind eq 'sign';
        }
        $seen{$record} = 1;
        if ($entry) {
            $listed{ $header{$record} }{ group($record) }{$record} = 1;
            my $where = "not-in-mingw.list:$entry->{line}";
            my $not   = $entry->{not};
            if ($is ne $entry->{value}) {
                fault($header{$record}, $record, "is $is, $where says $entry->{value}");
            } elsif (defined $windows && !defined $not) {
                fault($header{$record}, $record, "stands in $where, but mingw-w64 has it");
            } elsif (defined $not && ($windows // 'nothing') ne $not) {
                $windows //= 'nothing';
                fault($header{$record}, $record, "mingw-w64 has $windows, $where says $not");
            }
        } elsif (!defined $windows) {
            fault($header{$record}, $record, "is $is; mingw-w64 lacks it and the list too");
        } else {
            $compared{ $header{$record} }{ group($record) }{$record} = 1;
            fault($header{$record}, $record, "is $is, mingw-w64 has $windows") if $is ne $windows;
        }
    }
}

bail("$mingw/sspi.h is missing: install mingw-w64-common") unless -e "$mingw/sspi.h";
bail("$clang is missing: install clang") if system("$clang --version >$work/log 2>&1");
write_file("$work/ours.c",   $my_includes);
write_file("$work/theirs.c", $their_includes);
write_file("$work/system.c",
           join '', map { "#include <$_.h>\n" } qw(stddef stdint stdlib string uchar wchar));
compare_world();
compare_world('-DUNICODE');

my ($n, $bad) = (0, 0);
my $report = sub {
    my ($what, @faults) = @_;
    printf "%sok %d - %s\n", (@faults ? 'not ' : ''), ++$n, $what;
    print "# $_\n" for @faults;
    $bad ||= @faults;
};
print '1..', 3 * @headers + 1, "\n";
for my $header (@headers) {
    for my $group (qw(constants structures functions)) {
        my @agree = keys %{ $compared{$header}{$group} // {} };
        my $known = keys %{ $listed{$header}{$group}   // {} };
        my $text  = $group ne 'structures'
            ? sprintf('%d compared with mingw-w64', scalar @agree)
            : sprintf('%d types and %d members compared with mingw-w64',
                      scalar(grep { /^type/ } @agree), scalar(grep { /^member/ } @agree));
        $report->("$header $group: $text, $known with the list",
                  sort keys %{ $faults{$header}{$group} // {} });
    }
}
$report->('every line of the list names something that the headers declare',
          map { "not-in-mingw.list:$expect->{$_}{line}: $_ is not declared" }
              grep { !$seen{$_} } sort keys %$expect);
exit($bad ? 1 : 0);
