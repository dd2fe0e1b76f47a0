#### all
echo -n no newline; echo; echo -n; echo -- x; echo -x
#### all
echo 'a\nb' 'c\td' '\\' '\101' 'x\cy' z
#### all
echo -e 'a\nb\tc\\d\0101\x41'
#### all
echo -E 'a\nb'; echo -ne 'x\n'; echo -en y; echo
#### all
echo -nn; echo -nx
#### all
printf '%s\n' a b c
#### all
printf '%s-%s\n' a b c
#### all
printf 'plain\n'; printf '%%\n'; printf '%d %i\n' 42 -7
#### all
printf '%5d|%-5d|%05d|%+d\n' 42 42 42 42
#### all
printf '%x %X %o %u\n' 255 255 8 7; printf '%#x %#o\n' 255 8
#### all
printf '%5s|%-5s|%.2s|%5.1s|\n' abc abc abc abc
#### all
printf '%c%c%c\n' hello world x
#### all
printf '%b\n' 'a\tb\n' 'x\0101'; printf '%b' 'stop\cnever' here; echo
#### all
printf '%s %s %s\n' only; printf '%d\n'
#### all
printf '%d\n' abc; echo $?
#### all
printf '%d\n' 12abc; echo $?
#### all
printf '%d %d %d\n' 010 0x1f "'A"
#### all
printf '%f %.2f %e %g\n' 3.14159 2.5 12345.678 0.0001
#### all
printf '%5.1f|%-8.3f|%08.2f\n' 3.14159 2.5 -1.5
#### all
printf '\101\n\x41\n' | cat -v; printf 'a\\b\n'
#### all
printf 'tab\there\nnl\a' | od -c | head -2
#### all
printf '%*d|%-*d|\n' 5 42 5 42; printf '%.*s\n' 2 abcdef
#### all
printf '%z\n' x; echo $?
#### all
printf '%s'; printf ''; printf; echo $?
#### all
printf '%s\n' "a b" 'c"d' "e'f"
#### all
printf -- '-%s\n' x; printf '%s\n' -x
#### all
printf '%3s|%-3s|%03d\n' abcdef abcdef 12345
#### all
printf '%s\n' "$(printf 'a\nb')"
#### all
printf '%d\n' ''; printf '%s|\n' ''
#### all
printf '%5%|\n' 2>/dev/null; echo
#### all
[ a = a ] && echo eq; [ a != b ] && echo ne; [ a = b ] || echo not
#### all
[ 1 -eq 1 ] && [ 1 -ne 2 ] && [ 1 -lt 2 ] && [ 2 -le 2 ] && [ 3 -gt 2 ] && [ 2 -ge 2 ] && echo all
#### all
[ -z "" ] && [ -n a ] && [ a ] && ! [ "" ] && echo strings
#### all
[ ! a = b ] && echo neg; [ ! "" ] && echo emptyneg; ! [ a ] || echo no
#### all
[ a = a -a b = b ] && echo and; [ a = b -o b = b ] && echo or
#### all
[ \( a = a \) -a \( b = b \) ] && echo paren
#### all
touch f; mkdir d; [ -e f ] && [ -f f ] && [ -d d ] && ! [ -d f ] && ! [ -f d ] && [ ! -e g ] && echo files
#### all
echo x > f; : > g; [ -s f ] && echo nonempty; [ -s g ] || echo empty
#### all
ln -s f l; [ -h l ] && [ -L l ] && ! [ -e l ] && echo dangling
#### all
touch f; chmod 755 f; [ -x f ] && echo x; chmod 644 f; [ -x f ] || echo nox; [ -r f ] && [ -w f ] && echo rw
#### all
[ a = ]; echo $?
#### all
[ 1 -eq x ]; echo $?
#### all
[ x -eq 1 ]; echo $?
#### all
[ a b ]; echo $?
#### all
[ a b c ]; echo $?
#### all
[ a; echo $?
#### all
[ ]; echo $?; [ "" ]; echo $?; [ -n ]; echo $?; [ = ]; echo $?
#### all
test; echo $?; test a; echo $?; test a = a; echo $?
#### all
[ -n "$x" ]; echo $?; [ $x = a ]; echo $?
#### all
[ "$x" = "" ] && echo ok; [ x$x = x ] && echo ok2
#### all
[ 5 -gt 10 ] || echo numeric; [ 5 \> 10 ] && echo lexical
#### all
[ -t 0 ] || echo notty; [ -p /dev/null ] || echo nopipe; [ -c /dev/null ] && echo char
#### all
[ " 5 " -eq 5 ] && echo spaces; [ +5 -eq 5 ] && echo plus; [ -5 -lt 0 ] && echo minus
#### all
[ a -a b ]; echo $?; [ "" -o b ]; echo $?; [ ! ! a ]; echo $?
#### all
[ -f ]; echo $?; [ -a ]; echo $?; [ ! ]; echo $?
#### all
[ f -nt g ]; echo $?; touch f g; [ f -ef f ]; echo $?
#### all
[ 1 -eq 1 -a 2 -eq 2 -a 3 -eq 4 ]; echo $?
#### all
set -e; echo a; false; echo b
#### all
set -e; false || true; echo ok; false && true; echo ok2; if false; then :; fi; echo ok3
#### all
set -e; ! true; echo survived; while false; do :; done; echo w
#### all
set -e; f() { false; echo in f; }; f || echo handled; f; echo never
#### all
set -e; (false; echo never); echo never2
#### all
set -e; x=$(false); echo never
#### all
set -e; echo $(false) ok; true | false; echo never
#### all
set -e; false | true; echo ok; { false; echo no; }; echo never
#### all
set -e; trap 'echo exit $?' EXIT; false
#### all
set -e; for i in 1 2; do [ $i = 2 ] && echo two; done; echo end
#### all
set -e; f() { [ 1 = 2 ] && echo x; }; f; echo after
#### all
set -e; cd /nosuch; echo never
#### all
set -e; nosuchcmd; echo never
#### all
set +e; false; echo fine; set -e; set +e; false; echo still
#### all
set -x; echo a b; x=5; echo "$x y"; set +x; echo quiet
#### all
set -x; x='a b'; echo "it's" "$x" '' '*'
#### all
set -x; for i in 1 2; do echo $i; done
#### all
set -x; if [ a = a ]; then :; fi; case a in a) echo c;; esac
#### all
set -x; f() { echo in; }; f a b; (echo sub); echo $(echo cs)
#### all
set -x; echo a > f; cat < f; y=1 z=2; a=3 true
#### all
PS4='>> '; set -x; echo traced
#### all
set -x; true && false || echo c; ! true
#### all
set -v; echo verbose
#### all
set -n; echo never
#### all
set -f; echo *; set +f; touch q; echo *
#### all
set -a; v=1; env | grep '^v='; set +a; w=2; env | grep -c '^w='
#### all
set -eu; echo ${x:-d}; echo $-  | tr -d 'hBcs'
#### all
set -o errexit; false; echo never
#### all
set -o nosuch; echo $?
#### all
set -Z; echo $?
#### all
set -o noglob; echo *; set +o noglob
#### all
set -- -a; echo $1; set - x y; echo $1; set +x; echo $#
#### all
set a b c; echo $2; set -- ; echo $#
#### all
x='a b'; y="it's"; set | grep -E '^(x|y)='
#### all
read; echo $?
#### all
echo 'a b c' | { read x; echo "$x"; read y; echo "$? [$y]"; }
#### all
echo a b c | { read x y z w; echo "[$x][$y][$z][$w]"; }
#### all
echo 'a  b   c  d' | { read x y; echo "[$x][$y]"; }
#### all
echo x | { read 1bad; echo $?; }
#### all
ulimit -n > /dev/null; echo $?
#### all
unset 1x; echo $?
#### all
pwd > /dev/null; echo $?; cd . && echo ok
#### all
true a b; echo $?; false a b; echo $?
#### all
test -d / && echo root; test ! -e /nosuch && echo none
#### all
type true; type cd; type export
#### all
eval 'f() { echo evald; }'; f
#### all
eval 'exit 4'; echo never
#### all
eval 'false'; echo $?; eval 'echo $?'
#### all
eval 'echo "$1"' x; set -- p; eval 'echo "$1"'
#### all
x='a;b'; eval "echo '$x'"; eval echo \$x
#### all
command cd /; pwd; command -p echo p
#### all
exec 3>&1; exec 1>/dev/null; echo hidden; exec 1>&3; echo shown
#### all
export x=1; (unset x; env | grep -c '^x='); env | grep -c '^x='
#### all
x=1; export x; x=2; env | grep '^x='; unset x; env | grep -c '^x='
#### all
local x=1; echo $?
#### all
f() { local a b=2; a=1; echo $a$b; g; echo $a$b; }; g() { a=9; }; f; echo "[$a$b]"
#### all
f() { local x; echo "[${x-unset}]"; }; x=outer; f
#### all
sleep 0; echo $?
#### all
wait; echo $?; jobs; echo $?
#### all
(sleep 0; echo job) & wait $!; echo done $?
#### all
false & wait $!; echo $?; true & wait $!; echo $?
#### all
{ echo a; } & wait; { exit 3; } & wait $!; echo $?
