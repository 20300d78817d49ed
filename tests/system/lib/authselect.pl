#!/usr/bin/perl
# Renders a file of an authselect profile, as authselect-profiles(5) describes the operators of its templates:
#
#   authselect.pl TEMPLATE [FEATURE…]       the file, on standard output
#   authselect.pl --features TEMPLATE…      the features that the templates ask for
#
# What the page does not describe is an error here.
use strict;
use warnings;

my $EXPRESSION = qr/[^{}|:]+/;

sub slurp { my ($file) = @_; open(my $in, '<', $file) or die "$file: $!\n"; local $/; return scalar <$in>; }

if (@ARGV && $ARGV[0] eq '--features') {
    my %seen;
    for my $file (@ARGV[1 .. $#ARGV]) {
        for my $operator (slurp($file) =~ /\{((?:continue|stop|include|exclude|if)\b[^{}]*)/g) {
            $operator =~ s/:.*//;
            $seen{$1} = 1 while $operator =~ /"([^"]+)"/g;
        }
    }
    print map { "$_\n" } sort keys %seen;
    exit 0;
}

my ($template, @features) = @ARGV;
my %chosen = map { $_ => 1 } @features;

# not binds closer than and, and closer than or.
sub truth {
    my ($text) = @_;
    my @tokens = $text =~ /\G\s*("[^"]+"|and\b|or\b|not\b|[()])/gc;
    $text =~ /\G\s*$/gc or die "$template: cannot read the expression: $text\n";
    my $value = either(\@tokens);
    @tokens == 0 or die "$template: too much in the expression: $text\n";
    return $value;
}
sub either {
    my ($t) = @_;
    my $value = both($t);
    while (@$t && $t->[0] eq 'or') { shift @$t; my $other = both($t); $value ||= $other; }
    return $value;
}
sub both {
    my ($t) = @_;
    my $value = one($t);
    while (@$t && $t->[0] eq 'and') { shift @$t; my $other = one($t); $value &&= $other; }
    return $value;
}
sub one {
    my ($t) = @_;
    my $token = shift @$t;
    defined $token or die "$template: an expression ends too early\n";
    return !one($t) if $token eq 'not';
    if ($token eq '(') {
        my $value = either($t);
        (shift(@$t) // '') eq ')' or die "$template: a parenthesis is not closed\n";
        return $value;
    }
    $token =~ /^"(.+)"$/ or die "$template: no feature: $token\n";
    return exists $chosen{$1};
}

LINE: for my $line (split /\n/, slurp($template)) {
    if ($line =~ /\{(continue|stop) if ($EXPRESSION)\}/) {
        last LINE if truth($2) == ($1 eq 'stop');
        next;
    }
    while ($line =~ /\{(include|exclude) if ($EXPRESSION)\}/) {
        my ($what, $value) = ($1, truth($2));
        next LINE if $value == ($what eq 'exclude');
        $line =~ s/\{(?:include|exclude) if $EXPRESSION\}//;
    }
    1 while $line =~ s/\{if ($EXPRESSION):([^{}|]*)(?:\|([^{}|]*))?\}/truth($1) ? $2 : $3 \/\/ ''/e;
    $line !~ /[{}]/ or die "$template: an operator that authselect-profiles(5) does not know: $line\n";
    $line =~ s/\s+$//;
    print "$line\n";
}
