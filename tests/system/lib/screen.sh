# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# A person's screen and what locks it: an X server in memory, and i3lock, which has no privilege and asks PAM.

SCREEN=:7

# screen_up SESSION: the X server of whoever is logged on as SESSION; it ends with the world.
screen_up() {
    mkdir -m 1777 /tmp/.X11-unix
    session_run "$1" "Xvfb $SCREEN -ac -nolisten tcp -screen 0 320x240x24 >/dev/null 2>&1 &"
    wait_for 10 screen_answers || die "Xvfb does not start"
}
screen_answers() { DISPLAY=$SCREEN xdotool getdisplaygeometry >/dev/null 2>&1; }

# screen_lock SESSION: returns when it is locked.
screen_lock() {
    session_run "$1" "DISPLAY=$SCREEN i3lock --nofork --no-unlock-indicator >/tmp/i3lock.log 2>&1 &"
    wait_for 5 screen_locked || die "i3lock does not start: $(cat /tmp/i3lock.log)"
    # It takes the keyboard a moment after it is there.
    wait_for 5 screen_grabbed
}
screen_locked() { pgrep -x i3lock >/dev/null; }
screen_unlocked() { ! screen_locked; }
screen_grabbed() { DISPLAY=$SCREEN xdotool search --onlyvisible --class i3lock >/dev/null 2>&1; }

# screen_type TEXT: on the keyboard, and Return.
screen_type() {
    printf '%s' "$1" | DISPLAY=$SCREEN xdotool type --clearmodifiers --delay 5 --file - &&
        DISPLAY=$SCREEN xdotool key Return
}
