#!/usr/bin/perl
# The documentation cannot drift from the code. The tables of docs/functions.md are compared with
# the library, the headers and the sources; the man pages are linted, and their options compared
# with the programs' own help, their settings with what the code reads, their messages with the
# strings in the sources; the example of the README compiles, and links lead to files.
use strict;
use warnings;
use File::Basename;
use File::Temp;

chdir dirname($0) . '/..' or die "cannot go to the source: $!\n";
my $build = $ENV{BUILD} // 'build';
my $cc = $ENV{CC} // 'gcc';
my $count = 0;

# ---- helpers ---------------------------------------------------------------------------------

sub slurp
{
    my ($path) = @_;
    local $/;
    open my $file, '<:encoding(UTF-8)', $path or die "$path: $!\n";
    return <$file>;
}

# What a command writes to both streams.
sub output_of
{
    my ($command) = @_;
    local $/;
    open my $pipe, '-|:encoding(UTF-8)', "$command 2>&1" or die "$command: $!\n";
    return <$pipe> // '';
}

# One test; what is wrong is told line by line.
sub check
{
    my ($name, @wrong) = @_;
    $count++;
    print @wrong ? 'not ' : '', "ok $count - $name\n";
    for my $line (@wrong) {
        utf8::encode($line);
        print "# $line\n";
    }
}

# What stands in one list and not in the other.
sub differences
{
    my ($here, $ours, $there, $theirs) = @_;
    my %ours = map { $_ => 1 } @$ours;
    my %theirs = map { $_ => 1 } @$theirs;
    return ("nothing was found in $here") if !%ours;
    return ((map { "$_ is in $here, not in $there" } grep { !$theirs{$_} } sort keys %ours),
            (map { "$_ is in $there, not in $here" } grep { !$ours{$_} } sort keys %theirs));
}

sub source_files
{
    my @files = map { glob("$_/*.[ch]"), glob("$_/*/*.[ch]"), glob("$_/*/*/*.[ch]") } @_;
    return sort @files;
}

sub without_comments { return $_[0] =~ s{/\*.*?\*/}{}gsr }

# Identifiers in backquotes.
sub words { return $_[0] =~ /`([A-Za-z_]\w*)`/g }

sub pairs_of_errors
{
    my @found;
    my $text = slurp('libsspi/packages/kerberos/errors.h');
    push @found, [$1, $2, $3] while $text =~ /^\s*\{(\w+),\s+(SEC_E_\w+),\s+(SEC_E_\w+)\},/gm;
    return @found;
}

# The rows of all tables below the headings that match: [first cell, second cell, …].
sub rows
{
    my ($text, $heading) = @_;
    my ($inside, @rows) = (0);
    for (split /\n/, $text) {
        $inside = $1 =~ $heading if /^#+ (.*)/;
        next unless $inside && /^\| (.*) \|$/ && !/^\| (?:---|function |member |attribute |error )/;
        push @rows, [split / \| /, $1];
    }
    return @rows;
}

# Every string of the sources as the compiler sees it, pieces joined; one a line.
sub strings
{
    my $all = '';
    for my $path (@_) {
        my $text = slurp($path);
        $text =~ s{("(?:[^"\\\n]|\\.)*")|/\*.*?\*/|//[^\n]*|'(?:[^'\\]|\\.)'}{$1 // ' '}ges;
        $text =~ s/\bLUID_KEY(?=\s*")/"lsa:logon"/g;
        $text =~ s/\bPRI[duxX]\d+\b/""/g;
        while ($text =~ /((?:"(?:[^"\\\n]|\\.)*"\s*)+)/g) {
            my $string = join '', $1 =~ /"((?:[^"\\\n]|\\.)*)"/g;
            $all .= $string =~ s/\\(.)/$1 eq 'n' ? ' ' : $1/ger . "\n";
        }
    }
    return $all;
}

for my $program (qw(lib/libsspi.so lib/libmpr.so sbin/lsad bin/credmgr libexec/mpnotify tests/docs/unsupported)) {
    next if -e "$build/$program";
    print "Bail out! $build/$program is not built (make test-programs)\n";
    exit 1;
}

# ---- docs/functions.md: what is exported -----------------------------------------------------

my $functions = slurp('docs/functions.md');
my @rows = rows($functions, qr/^What libsspi.so exports/);
my @exported = output_of("nm -D --defined-only $build/lib/libsspi.so") =~ /^[0-9a-f]+ T (\w+)/gm;
check('functions.md: every exported function, and no other',
      differences('functions.md', [map { words($_->[0]) } @rows], 'libsspi.so', \@exported));

my @declared = map {
    without_comments(slurp("include/$_")) =~
        /^(?!typedef\b)\w[\w ]*?\b(?:WINAPI|SEC_ENTRY|NTAPI)\s+(\w+)\s*\(/gm
} qw(sspi.h secext.h);
my %exported = map { $_ => 1 } @exported;
check('sspi.h, secext.h: every function is in the library',
      @declared > 80 ? () : 'the functions of the headers were not found',
      map { "$_ is declared, not exported" } grep { !$exported{$_} } @declared);

my %answers = map { split } split /\n/, output_of("$build/tests/docs/unsupported");
check('functions.md: unsupported functions answer SEC_E_UNSUPPORTED_FUNCTION',
      differences('functions.md', [map { words($_->[0]) } grep { $_->[1] eq 'unsupported' } @rows],
                  'tests/docs/unsupported.c', [keys %answers]),
      map { "$_ answers $answers{$_}" } grep { $answers{$_} ne '0x80090302' } sort keys %answers);

my @untested;
for my $row (@rows) {
    my @files = $row->[2] =~ /`([^`]+)`/g;
    my %text = map { $_ => -e $_ ? slurp($_) : '' } @files;
    my $text = join '', values %text;
    my $any = join '|', words($row->[0]);
    push @untested, map { "$_ has nothing of $row->[0]" } grep { $text{$_} !~ /\b(?:$any)\b/ }
        @files;
    push @untested, map { "$_ does not occur in @files" }
        grep { $text !~ /\b$_\b/ } words($row->[0]);
}
check('functions.md: every function is tested where the table says', @untested);

my @attributes = rows($functions, qr/^Attributes of a context/);
for my $package (['kerberos', 1], ['ntlm', 2]) {
    my ($folder, $column) = @$package;
    my @told = map { words($_->[0]) } grep { $_->[$column] =~ /^yes/ } @attributes;
    my @files = source_files("libsspi/packages/$folder");
    my @known = map { slurp($_) =~ /case (SECPKG_ATTR_\w+):/g } @files;
    check("functions.md: attributes of $folder",
          differences('functions.md', \@told, "libsspi/packages/$folder", \@known));
}

# One line an error: its status for an initiator and for an acceptor.
my @errors = map { join ' ', words(join ' ', @$_) } rows(slurp('docs/kerberos-errors.md'), qr/^(?!Kerberos' errors)/);
my @in_source = map { $_->[1] eq $_->[2] ? "$_->[0] $_->[1]" : "@$_" } pairs_of_errors();
check('kerberos-errors.md: every error', differences('kerberos-errors.md', \@errors, 'errors.h', \@in_source));

# ---- mpr(3) ------------------------------------------------------------------------------------

my $mpr = slurp('docs/man/mpr.3');
my ($mpr_names) = $mpr =~ /^\.Sh NAME\n(.*?)^\.Nd /ms;
my @mpr_exported = output_of("nm -D --defined-only $build/lib/libmpr.so") =~ /^[0-9a-f]+ T (\w+)/gm;
check('mpr.3: every exported function, and no other',
      differences('mpr.3', [$mpr_names =~ /^\.Nm (\w+)/gm], 'libmpr.so', \@mpr_exported));
my ($mpr_values) = $mpr =~ /^\.Sh RETURN VALUES\n(.*?)^\.El/ms;
my @mpr_returned = map { slurp("notify/mpr/$_.c") =~ /\b(WN_(?!VALID|NT_|NO_ERROR)\w+)/g }
    qw(notify logon_info);
check('mpr.3: return values', differences('mpr.3', [$mpr_values =~ /^\.It Dv (\w+)$/gm],
                                          'notify/mpr', \@mpr_returned));

my ($mpr_example) = $mpr =~ /^\.Bd -literal[^\n]*\n(.*?)^\.Ed/ms;
my $mpr_source = File::Temp->new(SUFFIX => '.c');
print $mpr_source map({ "#include <$_>\n" } qw(npapi.h ntsecapi.h syslog.h winnetwk.h)),
    "void example(UNICODE_STRING, UNICODE_STRING, UNICODE_STRING);\n",
    "void example(UNICODE_STRING domain, UNICODE_STRING user, UNICODE_STRING password)\n{\n",
    $mpr_example, "}\n";
close $mpr_source;
check('mpr.3: the example compiles',
      split /\n/, output_of("$cc -std=c11 -Wall -Wextra -Iinclude -fsyntax-only $mpr_source"));

# ---- docs/functions.md: what the host offers -------------------------------------------------

# The function behind a member stands in host_table.c itself when the member has no meaning here.
sub host_table_answer
{
    my ($source, $function) = @_;
    my ($body) = $source =~ /^static [^\n(]*\b$function\(.*?^\{(.*?)^\}/ms or return undef;
    return $body =~ /return (\w+);/ ? $1 : $body =~ /return/ ? '' : 'does nothing';
}

my $host = without_comments(slurp('libsspi/lsa/host_table.c'));
my %member = $host =~ /^    \.(\w+) = (\w+),$/gm;
my (@told, @wrong);
for my $row (rows($functions, qr/^What the host offers/)) {
    for my $name (words($row->[0])) {
        push @told, $name;
        next unless $member{$name};
        my $answer = host_table_answer($host, $member{$name});
        my $works = $row->[1] =~ /^works/;
        push @wrong, "$name: functions.md says \"$row->[1]\", the code " .
            (defined $answer ? "answers $answer" : 'has a function for it')
            if defined $answer ? $works || index($row->[1], $answer) < 0
                               : !$works && $row->[1] !~ /^likewise/;
    }
}
check('functions.md: every member of the tables of the host',
      differences('functions.md', \@told, 'host_table.c', [keys %member]));
check('functions.md: what members without a meaning answer', @wrong);

# ---- docs/functions.md: what the packages offer ----------------------------------------------

sub offered { return slurp($_[0]) =~ /^        \.(\w+) = \w+,$/gm }

for my $package ([1, 'Kerberos', 'kerberos'], [2, 'NTLM', 'ntlm']) {
    my ($column, $name, $folder) = @$package;
    my @yes = map { $_->[$column] eq 'yes' ? words($_->[0]) : () }
              grep { $_->[1] =~ /^(?:yes|no)$/ } rows($functions, qr/^What the packages offer/);
    check("functions.md: what $name offers the host",
          differences('functions.md', \@yes, "$folder/lsa_mode.c",
                      [offered("libsspi/packages/$folder/lsa_mode.c")]));
}

# ---- man pages: form -------------------------------------------------------------------------

my @pages = sort glob 'docs/man/*.[1-8]';
check('man pages: all are there',
      differences('docs/man', [map { basename($_) } @pages], 'the list in docs.t',
                  [qw(credmgr.1 credmgr.conf.5 lsa.conf.5 lsad.8 mpnotify.8 mpr.3 pam_credmgr.8)]));
my $mandoc = grep { -x "$_/mandoc" } split /:/, $ENV{PATH} // '';
check('mandoc is installed (apt-get install mandoc)', $mandoc ? () : 'it is not in PATH');
for my $page ($mandoc ? @pages : ()) {
    check("$page: lint", split /\n/, output_of("mandoc -Tlint -Wwarning $page"));
}

# ---- man pages: options and settings ---------------------------------------------------------

my %programs = ('lsad.8' => 'sbin/lsad', 'credmgr.1' => 'bin/credmgr',
                'mpnotify.8' => 'libexec/mpnotify');
for my $page (sort keys %programs) {
    my @help = output_of("$build/$programs{$page} --help") =~ /--([a-z][a-z-]*)/g;
    my @items = grep { /^\.It Fl / } split /\n/, slurp("docs/man/$page");
    my @explained = map { /(?:Fl|,) -([a-z][a-z-]*)/g } @items;
    # Builds with sanitizers have one more, which the page tells in its text.
    check("$page: options", differences($page, \@explained, '--help',
                                        ['help', 'version', grep { $_ ne 'no-sandbox' } @help]));
}
my @commands = slurp('tools/credmgr/main.c') =~ /^    \{"(\w+)",\s+"/gm;
check('credmgr.1: commands',
      differences('credmgr.1', [slurp('docs/man/credmgr.1') =~ /^\.It Cm (\w+)$/gm],
                  'tools/credmgr/main.c', \@commands));
my @verbs = slurp('notify/request.c') =~ /\[MPR_\w+\] = "(\w+)"/g;
check('mpnotify.8: verbs',
      differences('mpnotify.8', [slurp('docs/man/mpnotify.8') =~ /^\.It Cm (\w+)$/gm],
                  'notify/request.c', \@verbs));

my $lsad_config = slurp('lsad/config.c');
my $lsa_conf_page = slurp('docs/man/lsa.conf.5');
my @read = $lsad_config =~ /\{"lsa", "(\w+)", CONF_/g;
push @read, $lsad_config =~ /\{"service \*", "(\w+)", CONF_/g;
push @read, slurp('lsad/worker.c') =~ /strcasecmp\(\w+->name, "(\w+)"\)/g;
for my $text (map { slurp($_) } source_files('libsspi/packages')) {
    push @read, $text =~ /\blsa_setting\([^,()]+,\s*"(\w+)"/g, $text =~ /\bsetting_\w+\("(\w+)"/g;
}
my %read = map { $_ => 1 } @read;
check('lsa.conf.5: settings', differences('lsa.conf.5', [$lsa_conf_page =~ /^\.It Cm (\w+) =/gm],
                                          'the code', \@read));
check('conf/lsa.conf: settings that are read',
      map { "$_ is not" } grep { !$read{$_} } slurp('conf/lsa.conf') =~ /^#?(\w+) =/gm);
my %default = $lsad_config =~ /\bc->(max_\w+) = (\d+);/g;
check('lsa.conf.5: defaults', differences('lsa.conf.5',
      [map { /^(max_\w+).*Default: (\d+)\./s ? "$1 = $2" : () } split /^\.It Cm /m, $lsa_conf_page],
      'lsad/config.c', [map { "$_ = $default{$_}" } keys %default]));

my ($settings) = slurp('notify/config_settings.c') =~ /settings\[\] = \{(.*?)\n\};/s;
my @databases;
for (split /\n/, $settings // '') {
    my ($database, @names) = /"(\w+)"/g;
    push @databases, map { "$database: $_" } @names;
}
check('credmgr.conf.5: settings', differences('credmgr.conf.5',
      [map { s/ : Cm /: /r } slurp('docs/man/credmgr.conf.5') =~ /^\.It Cm (\w+ : Cm \w+)/gm],
      'notify/config_settings.c', \@databases));
my ($assignments) = slurp('notify/config.c') =~ /assignments\[\] = \{(.*?)\n\};/s;
check('credmgr.conf.5: settings name = value', differences('credmgr.conf.5',
      [slurp('docs/man/credmgr.conf.5') =~ /^\.It Cm (\w+) = /gm],
      'notify/config.c', [($assignments // '') =~ /"(\w+)"/g]));
my @arguments = slurp('pam_credmgr/options.c') =~ /(?:strcmp|path_of)\(argv\[i\], "(\w+)"\)/g;
check('pam_credmgr.8: arguments',
      differences('pam_credmgr.8', [slurp('docs/man/pam_credmgr.8') =~ /^\.It Cm (\w+)/gm],
                  'pam_credmgr/options.c', \@arguments));

# ---- man pages: messages ---------------------------------------------------------------------

# The words of each message, with a zero byte for every variable part.
sub messages
{
    my ($page) = @_;
    my $html = output_of("mandoc -Thtml -Ofragment docs/man/$page");
    my ($section) = $html =~ /id="DIAGNOSTICS".*?<\/h1>(.*?)<\/section>/s;
    my @messages = ($section // '') =~ /<dt[^>]*>(.*?)<\/dt>/gs;
    my %entity = (lt => '<', gt => '>', quot => '"', amp => '&');
    for (@messages) {
        s{<var class="Ar">.*?</var>}{\0}gs;
        s/<[^>]*>//g;
        s/&#x([0-9A-Fa-f]+);/chr hex $1/ge;
        s/&(\w+);/$entity{$1} \/\/ "&$1;"/ge;
        tr/\x{201c}\x{201d}/""/;
        s/\s+/ /g;
        s/^ | $//g;
    }
    return @messages;
}

my %sources = (
    'pam_credmgr.8' => ['pam_credmgr', 'notify'],
    'mpnotify.8' => ['notify', 'base'],
    'credmgr.conf.5' => ['notify', 'base'],
    'lsa.conf.5' => ['lsad', 'base', 'libsspi/lsa'],
    'lsad.8' => ['lsad', 'libsspi/lsa', 'base'],
    'credmgr.1' => ['tools/credmgr', 'libsspi/packages/ntlm/verify'],
);
for my $page ($mandoc ? sort keys %sources : ()) {
    my $strings = strings(source_files(@{$sources{$page}}));
    my @messages = messages($page);
    my @unknown = @messages ? () : 'the page has no messages';
    for my $message (@messages) {
        my $pattern = join '.*?', map { quotemeta } split /\0/, $message, -1;
        next if $message =~ /[a-z]{2}/ && $strings =~ /$pattern/;
        push @unknown, 'the code does not say: ' . $message =~ tr/\0/*/r;
    }
    check("$page: messages", @unknown);
}

# ---- README, links ---------------------------------------------------------------------------

my ($includes, $statements) = slurp('README.md') =~ /^```c\n(.*?)\n\n(.*?)^```/ms;
my $example = File::Temp->new(SUFFIX => '.c');
binmode $example, ':encoding(UTF-8)';
print $example "$includes\nvoid example(void);\nvoid example(void)\n{\n$statements}\n";
close $example;
check('README.md: the example compiles',
      split /\n/, output_of("$cc -std=c11 -Wall -Wextra -Iinclude -fsyntax-only $example"));

# What the guide shows is cut out of the example, which is built, installed and used by a test of its own.
my $guide = slurp('docs/writing-a-credential-manager.md');
my (%shown, @changed);
while ($guide =~ /^(?:<!-- from (\S+) -->\n)?```c\n(.*?)^```$/msg) {
    my ($file, $block) = ($1 // '', $2);
    my ($first) = split /\n/, $block;
    push @changed, "nothing says where this is from: $first" if !$file;
    push @changed, "$file has no longer: $first" if $file && index(slurp($file), $block) < 0;
    $shown{$1} = 1 while $block =~ /\b(NP\w+)\(/g;
}
check('writing-a-credential-manager.md: its code is that of the example', @changed);
check('writing-a-credential-manager.md: it shows every function of a credential manager',
      differences('the guide', [keys %shown], 'npapi.h', [qw(NPGetCaps NPLogonNotify NPPasswordChangeNotify)]));

my @broken;
for my $document ('README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'examples/README.md', glob 'docs/*.md') {
    my @links = slurp($document) =~ /\]\(([^)#:\s]+)(?:#[^)]*)?\)/g;
    push @broken, map { "$document: $_" } grep { !-e dirname($document) . "/$_" } @links;
}
check('links in the documents lead to files', @broken);
print "1..$count\n";
