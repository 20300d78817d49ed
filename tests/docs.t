#!/usr/bin/perl
# The documentation cannot drift from the code: the tables of docs/functions.md are compared with the library, the headers and
# the sources; the man pages are linted, their options with the programs' own help, their settings with what the
# code reads, and their messages with the strings in the sources; links in the documents lead somewhere.
use strict;
use warnings;
use File::Basename;

chdir dirname($0) . '/..' or die "cannot go to the source: $!\n";
my $build = $ENV{BUILD} // 'build';
my @programs = map { "$build/$_" }
    qw(lib/libsspi.so sbin/lsad bin/credmgr libexec/mpnotify tests/docs/unsupported);
my ($count, %c_files);

sub slurp { my ($path) = @_; local $/; open my $f, '<:encoding(UTF-8)', $path or die "$path: $!\n"; <$f> }

# One test; what is wrong is told line by line.
sub check
{
    my ($name, @wrong) = @_;
    $count++;
    print @wrong ? 'not ' : '', "ok $count - $name\n";
    print map { utf8::encode(my $line = $_); "# $line\n" } @wrong;
}

# What stands in one list and not in the other.
sub differences
{
    my ($here, $ours, $there, $theirs) = @_;
    my (%ours, %theirs);
    @ours{@$ours} = (), @theirs{@$theirs} = ();
    return ((map { "$_ is in $here, not in $there" } grep { !exists $theirs{$_} } sort keys %ours),
            (map { "$_ is in $there, not in $here" } grep { !exists $ours{$_} } sort keys %theirs));
}

sub words { return $_[0] =~ /`([A-Za-z_]\w*)`/g }

# The rows of every table below the headings that match, each [first cell, second cell, …].
sub rows
{
    my ($text, $heading) = @_;
    my ($inside, @rows) = (0);
    for (split /\n/, $text) {
        $inside = $1 =~ $heading if /^#+ (.*)/;
        next unless $inside && /^\| (.*) \|$/ && !/^\| (?:---|function |member |attribute )/;
        push @rows, [split / \| /, $1];
    }
    return @rows;
}

# Every string of the C sources, pieces joined, as the compiler sees it; one a line.
sub strings
{
    my $all = '';
    for my $path (@_) {
        my $text = slurp($path);
        $text =~ s{("(?:[^"\\\n]|\\.)*")|/\*.*?\*/|//[^\n]*|'(?:[^'\\]|\\.)'}{$1 // ' '}ges;
        $text =~ s/\bMPNOTIFY_PATH(?=[,\s"])/"\/usr\/libexec\/credmgr\/mpnotify"/g;
        $text =~ s/\bLUID_KEY(?=\s*")/"lsa:logon"/g;
        $text =~ s/PRI[duxX]\d*/""/g;
        while ($text =~ /((?:"(?:[^"\\\n]|\\.)*"\s*)+)/g) {
            my $string = join '', $1 =~ /"((?:[^"\\\n]|\\.)*)"/g;
            $string =~ s/\\(.)/$1 eq 'n' ? ' ' : $1/ge;
            $all .= "$string\n";
        }
    }
    return $all;
}

sub source_files
{
    my @folders = grep { -d } @_;
    open my $find, '-|', 'find', @folders, '-name', '*.[ch]' or die "find: $!\n";
    chomp(my @files = <$find>);
    return sort @files;
}

my @missing = grep { !-e } @programs;
if (@missing) {
    print "Bail out! not built: @missing (make test-programs)\n";
    exit 1;
}

# ---- docs/functions.md -----------------------------------------------------------------------------
my $functions = slurp('docs/functions.md');
my @exported = map { /^[0-9a-f]+ T (\w+)/ ? $1 : () } `nm -D --defined-only $build/lib/libsspi.so | sed 's/@.*//'`;
my @rows = rows($functions, qr/^What libsspi.so exports/);
my @told = map { words($_->[0]) } @rows;
check('every exported function is in the table, and nothing else', differences('functions.md', \@told, 'libsspi.so', \@exported));

my $sspi = slurp('include/sspi.h');
$sspi =~ s{/\*.*?\*/}{}gs;
my @declared = $sspi =~ /^(?!typedef\b)\w[\w ]*?\b(?:WINAPI|SEC_ENTRY|NTAPI)\s+(\w+)\s*\(/gm;
my ($absent) = $functions =~ /^### Declared, not exported\n(.*?)^#/ms;
my %exported = map { $_ => 1 } @exported;
check('what sspi.h declares and the library lacks is listed',
      differences('functions.md', [grep { !/^(?:sspi|ntsecapi|secext|credssp|schannel)/ } words($absent)],
                  'sspi.h', [grep { !$exported{$_} } @declared]));

my @unsupported = map { words($_->[0]) } grep { $_->[1] eq 'unsupported' } @rows;
my %answers = map { split } `$build/tests/docs/unsupported`;
check('unsupported functions answer SEC_E_UNSUPPORTED_FUNCTION',
      differences('functions.md', \@unsupported, 'tests/docs/unsupported.c', [keys %answers]),
      map { "$_ answers $answers{$_}" } grep { $answers{$_} ne '0x80090302' } sort keys %answers);

my @untested;
for my $row (@rows) {
    my @files = $row->[2] =~ /`([^`]+)`/g;
    push @untested, map { "$_ does not exist" } grep { !-e } @files;
    my $text = join '', map { slurp($_) } grep { -e } @files;
    push @untested, map { "$_ does not occur in $row->[2]" } grep { $text !~ /\b$_\b/ } words($row->[0]);
}
check('every function is tested where the table says', @untested);

my (%column, @attribute_rows);
@attribute_rows = rows($functions, qr/^Attributes of a context/);
for my $package (['kerberos', 1], ['ntlm', 2]) {
    my ($folder, $index) = @$package;
    my %known = map { $_ => 1 } map { slurp($_) =~ /case (SECPKG_ATTR_\w+):/g } source_files("libsspi/packages/$folder");
    check("attributes of $folder", differences('functions.md',
          [map { $_->[$index] =~ /^yes/ ? words($_->[0]) : () } @attribute_rows], "libsspi/packages/$folder", [keys %known]));
}

my $host = slurp('libsspi/lsa/host_table.c');
$host =~ s{/\*.*?\*/}{}gs;
my %member = $host =~ /^    \.(\w+) = (\w+),$/gm;
my @members = rows($functions, qr/^What the host offers/);
check('every member of the host\'s tables is told of', differences('functions.md', [map { words($_->[0]) } @members],
                                                                   'host_table.c', [keys %member]));
my @wrong;
for my $row (@members) {
    for my $name (words($row->[0])) {
        my $body = $host =~ /^static [^\n(]*\b$member{$name}\(.*?^\{(.*?)^\}/ms ? $1 : undef if $member{$name};
        next unless $member{$name};
        if (!defined $body) {
            push @wrong, "$name has a function of its own; functions.md says \"$row->[1]\"" if $row->[1] =~ /^does nothing|^NULL/;
            next;
        }
        my @returns = $body =~ /return (\w+);/g;
        my $expected = $body !~ /return/ ? 'does nothing' : $returns[0] // '';
        push @wrong, "$name returns $expected; functions.md says \"$row->[1]\""
            if $row->[1] =~ /^works/ || index($row->[1], $expected) < 0;
    }
}
check('what members without a meaning return', @wrong);

# ---- man pages ---------------------------------------------------------------------------------------
my @pages = sort glob 'docs/man/*.[1-8]';
check('all man pages are there', differences('docs/man', [map { basename($_) } @pages], 'the list in docs.t',
      [qw(credmgr.1 credmgr.conf.5 lsa.conf.5 lsad.8 mpnotify.8 pam_credmgr.8)]));
my $mandoc = grep { -x "$_/mandoc" } split /:/, $ENV{PATH} // '';
check('mandoc is installed (apt-get install mandoc)', $mandoc ? () : 'not found in PATH');
for my $page (@pages) {
    check("$page: lint", map { chomp; $_ } `mandoc -Tlint -Wwarning $page 2>&1`) if $mandoc;
}

# Long options: those of --help, and no others.
for my $program (['lsad', 'sbin/lsad', 'lsad.8'], ['credmgr', 'bin/credmgr', 'credmgr.1'], ['mpnotify', 'libexec/mpnotify', 'mpnotify.8']) {
    my ($name, $path, $page) = @$program;
    my %help = map { $_ => 1 } `$build/$path --help` =~ /--([a-z][a-z-]*)/g, 'help', 'version';
    my %man = map { $_ => 1 } map { /^\.(?:It|Nm|Op|Fl)\b.*\bFl\b|^\.Fl\b/ ? /(?:\bFl |, |\| )-([a-z][a-z-]*)/g : () }
        split /\n/, slurp("docs/man/$page");
    delete $_->{'no-sandbox'} for \%help, \%man; # of builds with sanitizers
    check("$page: options", differences($page, [keys %man], "$name --help", [keys %help]));
}

# Settings: what the code reads is explained, and what is explained is read.
sub items { return slurp("docs/man/$_[0]") =~ /^\.It Cm ($_[1])/gm }
my $lsad_config = slurp('lsad/config.c');
my @read = $lsad_config =~ /\{"lsa", "(\w+)", CONF_/g;
push @read, map { slurp($_) =~ /lsa_setting\((?:"\w+"|[A-Za-z_]\w*), "(\w+)"|setting_is_yes\("(\w+)"/g } source_files('libsspi/packages');
push @read, slurp('lsad/worker.c') =~ /strcasecmp\(\w+->name, "(\w+)"\)/g;
check('lsa.conf.5: settings', differences('lsa.conf.5', [items('lsa.conf.5', qr/\w+(?= =)/)], 'the code', [grep { defined } @read]));
my %mentioned = map { $_ => 1 } slurp('conf/lsa.conf') =~ /^#?(\w+) =/gm;
check('conf/lsa.conf: every setting is one that is read', differences('conf/lsa.conf', [keys %mentioned], 'the code',
      [grep { $mentioned{$_} } grep { defined } @read]));
my ($settings) = slurp('notify/config.c') =~ /settings\[\] = \{(.*?)\n\};/s;
my @databases = map { my ($d, @s) = /"(\w+)"/g; map { "$d: $_" } @s } split /\n/, $settings;
check('credmgr.conf.5: settings', differences('credmgr.conf.5',
      [map { s/ : Cm /: /r } items('credmgr.conf.5', qr/\w+ : Cm \w+/)], 'notify/config.c', \@databases));
check('pam_credmgr.8: arguments', differences('pam_credmgr.8', [items('pam_credmgr.8', qr/\w+/)],
      'pam_credmgr/options.c', [slurp('pam_credmgr/options.c') =~ /(?:strcmp|path_of)\(argv\[i\], "(\w+)"\)/g]));

# Defaults of lsa.conf(5).
my $page = slurp('docs/man/lsa.conf.5');
my @defaults;
while ($lsad_config =~ /c->(max_\w+) = (\d+);/g) {
    my ($name, $value) = ($1, $2);
    push @defaults, "$name: the default is $value" unless $page =~ /^\.It Cm $name = .*?Default: $value\.$/ms && $& !~ /\n\.It .*\n\.It /s;
}
check('lsa.conf.5: defaults of the limits', @defaults);

# Messages: the words between the variable parts stand so in a string of the sources.
my %sources = ('pam_credmgr.8' => ['pam_credmgr'], 'mpnotify.8' => ['notify', 'base'], 'credmgr.conf.5' => ['notify', 'base'],
               'lsa.conf.5' => ['lsad', 'base', 'libsspi/lsa'], 'lsad.8' => ['lsad', 'libsspi/lsa', 'base'], 'credmgr.1' => ['tools/credmgr']);
for my $page (sort keys %sources) {
    last unless $mandoc;
    my $strings = strings(source_files(@{$sources{$page}}));
    my $html = do { local $/; open my $f, '-|:encoding(UTF-8)', "mandoc -Thtml -Ofragment docs/man/$page" or die; <$f> };
    my ($section) = $html =~ /id="DIAGNOSTICS".*?<\/h1>(.*?)<\/section>/s;
    my @items = ($section // '') =~ /<dt[^>]*>(.*?)<\/dt>/gs;
    my @unknown = @items ? () : 'no messages found';
    for my $item (@items) {
        my $text = $item;
        $text =~ s{<var class="Ar">.*?</var>}{\0}gs;
        $text =~ s/<[^>]*>//g;
        $text =~ s/&lt;/</g, $text =~ s/&gt;/>/g, $text =~ s/&quot;/"/g, $text =~ s/&#x([0-9A-Fa-f]+);/chr hex $1/ge, $text =~ s/&amp;/&/g;
        $text =~ tr/\x{201c}\x{201d}/""/;
        $text =~ s/\s+/ /g, $text =~ s/^ | $//g;
        my $pattern = join '.*?', map { quotemeta } split /\0/, $text, -1;
        push @unknown, $text =~ tr/\0/*/r unless $strings =~ /$pattern/ && $text =~ /\w{2}/;
    }
    check("$page: messages are those of the code", map { "no such message: $_" } @unknown);
}

# ---- links -------------------------------------------------------------------------------------------
my @broken;
for my $document ('README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', glob 'docs/*.md') {
    my @links = slurp($document) =~ /\]\(([^)#:\s]+)(?:#[^)]*)?\)/g;
    push @broken, map { "$document: $_" } grep { !-e dirname($document) . "/$_" } @links;
}
check('links in the documents lead to files', @broken);
print "1..$count\n";
