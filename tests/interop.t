#!/usr/bin/perl
# The matrix of peers cannot drift from what was tried: every row of docs/interop.md is looked for in what the tests of this
# run wrote down ($BUILD/interop/TEST.tsv, by `interop` in tests/system/lib/interop.sh). With --write, docs/interop.md is made
# of that instead (`make interop`).
use strict;
use warnings;
use File::Basename;

chdir dirname($0) . '/..' or die "cannot go to the source: $!\n";
my $build = $ENV{BUILD} // 'build';
my $document = 'docs/interop.md';
my $write = @ARGV && $ARGV[0] eq '--write';

# ---- what the tests wrote down ---------------------------------------------------------------

# {peer, version, role, package, what, result, test} for each line of each file.
sub recorded
{
    my @rows;
    for my $path (sort glob "$build/interop/*.tsv") {
        my $test = basename($path, '.tsv');
        open my $file, '<', $path or die "$path: $!\n";
        while (my $line = <$file>) {
            chomp $line;
            my ($who, $role, $package, $what, $result, @rest) = split /\t/, $line, -1;
            die "$path:$.: five fields are expected\n" if !defined $result || @rest;
            die "$path:$.: the role is \"$role\" (client, server, KDC, verifier)\n" if $role !~ /^(?:client|server|KDC|verifier)$/;
            my ($peer, $version) = $who =~ /^(.*\S)\s+v?(\d\S*)$/ ? ($1, $2) : ($who, '');
            push @rows, {peer => $peer, version => $version, role => $role, package => $package,
                         what => $what, result => $result, test => $test};
        }
    }
    return @rows;
}

# What makes a row the same one in another run, where the peer may have another version.
sub key { return join ' | ', map { $_[0]{$_} } qw(peer role package what test) }

# ---- the document -----------------------------------------------------------------------------

sub cell { return $_[0] =~ s/\|/\\|/gr }
sub line { return '| ' . join(' | ', map { cell($_) } @_) . " |\n" }
sub by_name { return sort { lc $a cmp lc $b || $a cmp $b } @_ }

sub overview
{
    my (%count, %version);
    for my $row (@_) {
        $count{$row->{peer}}{$row->{package}}{$row->{role}}{$row->{result}}++;
        $version{$row->{peer}} = $row->{version};
    }
    my $text = line('peer', 'version', 'package', 'it as the client', 'it as the server', 'it as the KDC, or NTLM\'s verifier') .
        line(('---') x 6);
    for my $peer (by_name(keys %count)) {
        for my $package (by_name(keys %{$count{$peer}})) {
            my $roles = $count{$peer}{$package};
            my %cell = (%$roles, authority => $roles->{KDC} // $roles->{verifier});
            $text .= line($peer, $version{$peer}, $package, map {
                my ($good, $bad) = map { $_ // 0 } @{$cell{$_} // {}}{qw(yes no)};
                !$good && !$bad ? '' : $bad ? "no: $bad of " . ($good + $bad) : "yes ($good)"
            } qw(client server authority));
        }
    }
    return $text;
}

sub details
{
    my %of;
    push @{$of{$_->{peer}}}, $_ for @_;
    my $text = '';
    for my $peer (by_name(keys %of)) {
        $text .= "\n### $peer\n\n" . line('it is the', 'package', 'what was tried', 'works', 'test') .
            line(('---') x 5);
        my %seen;
        for my $row (sort { $a->{role} cmp $b->{role} || $a->{package} cmp $b->{package} } @{$of{$peer}}) {
            next if $seen{key($row)}++;
            $text .= line(@$row{qw(role package what result)}, "`$row->{test}.t`");
        }
    }
    return $text;
}

sub write_document
{
    my @rows = recorded();
    die "$build/interop has nothing: no test has run\n" if !@rows;
    open my $file, '>', $document or die "$document: $!\n";
    print $file <<END, overview(@rows), "\n## What was tried\n", details(@rows);
# Interoperability

Programs that are not ours, at the other end of our contexts. This page is made by `make interop` from what the tests in
`tests/system/` saw on one machine, and `make check` compares it with every later run; nobody writes it by hand. *As the client* the
peer initiates and our `AcceptSecurityContext` accepts, *as the server* it accepts what our `InitializeSecurityContext` made, *as
the KDC* it gives our Kerberos its tickets, and *as the verifier* it tells our NTLM acceptor who a client is; in brackets stands how many things were tried. A row that tells of a refusal works when the refusal came.
What a peer cannot do is in [peers.md](peers.md).

END
    close $file or die "$document: $!\n";
    printf "%s: %d rows of %d peers\n", $document, scalar @rows,
        scalar keys %{{map { $_->{peer} => 1 } @rows}};
    exit 0;
}

# The rows of the details, as recorded() gives them.
sub documented
{
    my ($peer, @rows);
    open my $file, '<', $document or die "$document: $!\n";
    while (my $line = <$file>) {
        $peer = $1 if $line =~ /^### (.*)/;
        next unless defined $peer && $line =~ /^\| (?:client|server|KDC|verifier) \|/;
        my @cells = map { s/\\\|/|/gr } $line =~ /\| ((?:[^|\\]|\\.)*?) (?=\|)/g;
        push @rows, {peer => $peer, role => $cells[0], package => $cells[1], what => $cells[2],
                     result => $cells[3], test => $cells[4] =~ s/^`|\.t`$//gr};
    }
    return @rows;
}

# ---- the comparison ---------------------------------------------------------------------------

write_document() if $write;

my %run = map { key($_) => $_ } recorded();
my %ran = map { $_->{test} => 1 } values %run;
my %told = map { key($_) => $_ } documented();
# Where a peer is not installed its test is skipped, and can prove nothing; CI has them all.
my $all = ($ENV{CI} // '') eq 'true' && ($ENV{INTEROP_ALL} // '') eq 'yes';

my @wrong = %told ? () : "$document has no row";
for my $key (sort keys %told) {
    my $row = $told{$key};
    if (my $now = $run{$key}) {
        push @wrong, "$key: $document says $row->{result}, this run $now->{result}"
            if $row->{result} ne $now->{result};
    } elsif (!-e "tests/system/$row->{test}.t") {
        push @wrong, "$key: there is no tests/system/$row->{test}.t";
    } elsif ($all || $ran{$row->{test}}) {
        push @wrong, "$key: not tried in this run (make interop)";
    }
}
my @new = grep { !$told{$_} } sort keys %run;
push @wrong, map { "$_: not in $document (make interop)" } @new if $all;

print "1..1\n", @wrong ? 'not ' : '', "ok 1 - interop.md: ", scalar(keys %told), " rows are what this run gave, as far as it went\n";
print "# $_\n" for @wrong;
print '# ', scalar(@new), " rows of this run are not in $document yet (make interop)\n" if @new && !$all;
exit(@wrong ? 1 : 0);
