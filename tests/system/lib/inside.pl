#!/usr/bin/perl
# Makes system calls in another process, as a debugger would, to see what its confinement really refuses. As root, x86-64.
#
#   inside.pl PID CALL ARGUMENT…   with CALL a number, an ARGUMENT a number or a string
#
# prints the call's result (a negative one is an error number), or "killed" when the call cost the process its life.
use strict;
use warnings;

use constant { PTRACE => 101, WAIT4 => 61, WALL => 0x40000000 };
use constant { POKEDATA => 5, SINGLESTEP => 9, GETREGS => 12, SETREGS => 13, ATTACH => 16, DETACH => 17 };
# Where the registers stand in struct user_regs_struct.
use constant { R10 => 7, R9 => 8, R8 => 9, RAX => 10, RDX => 12, RSI => 13, RDI => 14, ORIG_RAX => 15, RIP => 16, RSP => 19 };

my ($pid, $call, @arguments) = @ARGV;

sub trace {
    # $_[2] itself: GETREGS writes into it.
    syscall(PTRACE, $_[0], $pid + 0, $_[1], $_[2]) != -1 or die "ptrace $_[0]: $!\n";
}

sub stopped {
    my $status = pack('i', 0);
    syscall(WAIT4, $pid + 0, $status, WALL, 0) == $pid or die "wait: $!\n";
    $status = unpack('i', $status);
    if (($status & 0xff) != 0x7f) {
        print "killed\n";
        exit 0;
    }
}

sub registers { my $r = "\0" x 216; trace(GETREGS, 0, $r); return unpack('q27', $r); }

trace(ATTACH, 0, 0);
stopped();
my @saved = registers();
$saved[ORIG_RAX] >= 0 or die "the process is not in a system call just now\n";
my @now = @saved;

# Strings go far below the stack pointer, where nobody is.
my $place = ($saved[RSP] - 4096) & ~15;
my @values;
for my $argument (@arguments) {
    if ($argument =~ /^-?\d+$/) {
        push @values, $argument + 0;
        next;
    }
    my $bytes = $argument . "\0" x (8 - length($argument) % 8);
    push @values, $place;
    for my $word (unpack('q*', $bytes)) {
        trace(POKEDATA, $place, $word);
        $place += 8;
    }
    $place += 8;
}

# The instruction before the one to come is the `syscall` it waits in: it makes ours, too.
@now[RDI, RSI, RDX, R10, R8, R9] = (@values, (0) x 6)[0 .. 5];
$now[RAX] = $call;
$now[ORIG_RAX] = -1;
$now[RIP] -= 2;
trace(SETREGS, 0, pack('q27', @now));
trace(SINGLESTEP, 0, 0);
stopped();
my $result = (registers())[RAX];
trace(SETREGS, 0, pack('q27', @saved));
trace(DETACH, 0, 0);
print "$result\n";
