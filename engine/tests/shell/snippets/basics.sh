#### all
echo hello world
#### all
echo 'single $x' "double $HOME" plain\ space
#### all
x=5; y="a b"; echo $x "$y" $y '$y'
#### all
echo "a\"b" 'c'"d"e\'f
#### all
echo a\
b
#### all
echo "x\
y"
#### all
x=1 y=2; echo $x$y ${x}z
#### all
echo one; echo two; echo three
#### all
true && echo yes || echo no
#### all
false && echo yes || echo no
#### all
false || false || echo third
#### all
true || echo a && echo b
#### all
! true; echo $?
#### all
! false; echo $?
#### all
nosuchcommand; echo $?
#### all
nosuchcommand arg 2>/dev/null; echo $?
#### all
./nosuchfile; echo $?
#### all
/nosuch/path/x; echo $?
#### all
echo hi > f; ./f; echo $?
#### all
mkdir d; ./d; echo $?
#### all
echo 'echo script $1 $#' > f; chmod +x f; ./f a b; echo $?
#### all
printf '#!/bin/sh\necho from "$0" "$@"\n' > s; chmod 755 s; ./s 1 '2 3'
#### all
printf '#!/nosuch/interp\n' > s; chmod 755 s; ./s; echo $?
#### all
: ; echo $?
#### all
exit 7
#### all
(exit 3); echo $?
#### all
echo $#
#### all
set -- a 'b c' d; echo $# "$1" "$2" "$3"; for i in "$@"; do echo "<$i>"; done
#### all
set -- a 'b c' d; for i in $*; do echo "<$i>"; done
#### all
set -- a 'b c' d; for i in "$*"; do echo "<$i>"; done
#### all
set -- a 'b c' d; IFS=:; echo "$*"
#### all
set -- a b c; shift; echo $1 $#; shift 2; echo $#
#### all
set -- 1 2 3 4 5 6 7 8 9 ten eleven; echo $10 ${10} ${11}
#### all
set --; echo "$@" x; for i in "$@"; do echo never; done
#### all
set -- a b; echo "x$@y"
#### all
set -- "" ""; for i in "$@"; do echo "[$i]"; done; echo $#
#### all
echo $?; false; echo $?
#### all
a=b c=d env | grep '^[ac]=' | sort
#### all
x=outer; x=inner true; echo $x
#### all
x=outer; x=inner : ; echo $x
#### all
# a comment
echo a # trailing
echo a#b
#### all
{ echo a; echo b; }
#### all
( x=2; echo $x ); echo "[$x]"
#### all
{ x=2; }; echo $x
#### all
if true; then echo t; fi; if false; then echo f; else echo e; fi
#### all
if false; then echo 1; elif true; then echo 2; else echo 3; fi
#### all
if false; then echo 1; fi; echo $?
#### all
for i in 1 2 3; do echo $i; done
#### all
for i in; do echo $i; done; echo $?
#### all
for i in a b c d; do [ $i = c ] && break; echo $i; done
#### all
for i in a b c; do [ $i = b ] && continue; echo $i; done
#### all
for i in 1 2; do for j in a b; do [ $j = b ] && continue 2; echo $i$j; done; done
#### all
for i in 1 2; do for j in a b; do break 2; done; done; echo $i$j
#### all
i=0; while [ $i -lt 3 ]; do echo $i; i=$((i+1)); done
#### all
i=3; until [ $i -eq 0 ]; do echo $i; i=$((i-1)); done
#### all
while false; do :; done; echo $?
#### all
case abc in a*) echo star;; *) echo other;; esac
#### all
case x in a|x|b) echo alt;; esac; case y in x) echo no;; esac; echo $?
#### all
case "a b" in "a b") echo quoted;; esac
#### all
case a in (a) echo paren;; esac
#### all
x='*'; case foo in $x) echo pattern;; esac; case foo in "$x") echo literal;; *) echo not;; esac
#### all
case -x in -[a-z]) echo opt;; esac; case 5 in [!0-9]) echo nd;; [0-9]) echo d;; esac
#### all
case abc in a?c) echo q;; esac; case '*' in \*) echo star;; esac
#### all
case hello in h[ae]llo) echo 1;; esac; case Q in [[:upper:]]) echo up;; esac
#### all
f() { echo "in f: $1 $#"; return 4; }; f a b; echo $?
#### all
f() { echo $0; }; f
#### all
f() ( x=1; echo sub ); f; echo "$x"
#### all
f() { local x=1; echo $x; }; x=0; f; echo $x
#### all
f() { if [ $1 -gt 0 ]; then echo $1; f $(($1-1)); fi; }; f 4
#### all
fact() { if [ $1 -le 1 ]; then echo 1; else echo $(( $1 * $(fact $(($1-1))) )); fi; }; fact 6
#### all
f() { return; }; false; f; echo $?
#### all
f() { echo first; }; f() { echo second; }; f; unset -f f; f; echo $?
#### all
f() { set -- x y; echo $#; }; set -- 1; f; echo $#
#### all
f() { echo "$@"; } > out; f a b; cat out
#### all
unset x; echo "[${x}]"; x=; echo "[${x}]"
#### all
eval 'echo a; echo b'; eval; echo $?
#### all
x='echo indirect $y'; y=7; eval $x
#### all
eval "x=1; y=2"; echo $((x+y))
#### all
echo 'x=sourced; echo in file' > lib; . ./lib; echo $x
#### all
echo 'return 5; echo never' > lib; . ./lib; echo $?
#### all
. ./missing; echo after
#### all
command . ./missing; echo after
#### all
exec echo replaced; echo never
#### all
exec nosuch; echo never
#### all
(exec nosuch); echo $?
#### all
echo ~; echo ~/x; echo "~"; echo \~; echo a~
#### all
x=~/y; echo $x; x=a:~:~/z; echo $x
#### all
echo ~root ~nosuchuser
#### all
umask; umask 077; umask; umask -S; umask u=rwx,g=rx,o=; umask
#### all
umask 022; umask g-r; umask
#### all
umask 9; echo $?
#### all
alias ll='echo aliased'; ll x
#### all
alias ll='echo aliased'
ll x
#### all
alias e='echo '
alias w=world
e w
#### all
alias nope; echo $?
#### all
alias a1='x' b2="it's"; alias; unalias a1; alias; unalias zz; echo $?
#### all
times >/dev/null; echo $?
#### all
unset nosuch; echo $?; readonly r=1; unset r; echo never
#### all
readonly r=1; r=2; echo never
#### all
(readonly r=1; r=2); echo $?
#### all
readonly r=1; readonly | grep ' r='
#### all
export v=1; export -p | grep ' v='
#### all
v='it'"'"'s "q"'; export v; export -p | grep ' v='
#### all
export 1bad=x; echo never
#### all
v="a b"; export w=$v; echo "$w"
#### all
f() { v="a b"; local w=$v; echo "$w"; }; f
#### all
command -v echo; command -v if; command -v nosuch; echo $?
#### all
f() { :; }; command -v f; type f | head -1; type echo; type :; type if; type nosuch; echo $?
#### all
alias zz=yy; command -v zz; type zz
#### all
command echo via command; command nosuch; echo $?
#### all
echo() { printf 'shadow\n'; }; echo a; command echo b
#### all
hash -r; echo $?
#### all
cd /; pwd; cd - >/dev/null; pwd
#### all
cd /nosuch; echo $?; pwd
#### all
mkdir -p a/b; cd a/b; pwd; cd ..; pwd; cd ../..; pwd
#### all
touch f; cd f; echo $?
#### all
mkdir real; ln -s real link; cd link; pwd; pwd -P; cd ..; pwd
#### all
cd; pwd; cd /tmp; cd ""; echo $?
#### all
mkdir d; CDPATH=/; cd tmp; pwd
#### all
cd /tmp; echo $PWD $OLDPWD
#### all
echo "$-" | tr -d 'hBcs'; set -e; echo $- | tr -d 'hBcs'
#### all
echo ${LINENO}
echo $LINENO
#### all
for i in 1 2 3
do
echo $i
done
#### all
if true
then echo a
fi


echo b
#### all
echo a &&
echo b ||
echo c
#### all
echo a |
cat
#### all
x="multi
line"; echo "$x"; echo $x
#### all
echo "tab	here"   many    spaces
#### all
true;echo a;false;echo $?
#### all
if [ -z "" ]; then echo empty; fi; if [ -n "" ]; then echo no; fi
#### all
echo ${HOME} $PATH
#### all
$nothing echo still
#### all
'' ; echo $?
#### all
"$empty" x; echo $?
#### all
x=echo; $x dynamic; x="echo two"; $x words
#### all
a=1; a=2 b=$a; echo $a $b
#### all
: ${x:=default}; echo $x
#### all
trap 'echo bye' EXIT; echo hi
#### all
trap 'echo bye $?' EXIT; exit 3
#### all
trap 'echo bye' 0; (echo sub); trap - 0
#### all
trap 'exit 9' EXIT; false
#### all
trap 'echo got' USR1; kill -USR1 $$; echo after
#### all
trap '' TERM; kill -TERM $$; echo survived
#### all
trap 'echo t' INT TERM; trap
#### all
trap "echo 'q'" EXIT; trap
#### all
trap 'echo x' BADSIG; echo $?
#### all
(trap 'echo sub exit' EXIT; echo in); echo out
#### all
trap 'echo parent' EXIT; (echo child)
#### all
sleep 0 & wait; echo $?
#### all
(exit 5) & wait $!; echo $?
#### all
echo bg & wait; echo fg
#### all
wait 99999; echo $?
#### all
kill -l 2; kill -l 15; kill -l 9
#### all
kill -0 $$; echo $?
#### all
kill 999999; echo $?
#### all
kill -NOSUCH 1; echo $?
#### all
(kill -9 $$x) 2>/dev/null; echo done
#### all
getopts ab: opt -a; echo $opt $OPTIND; getopts ab: opt -b val; echo $?
#### all
set -- -a -b val rest; while getopts ab: o; do echo "$o $OPTARG"; done; shift $((OPTIND-1)); echo "$@"
#### all
set -- -abval; while getopts ab: o; do echo "$o [$OPTARG]"; done
#### all
set -- -z; while getopts ab: o; do echo "$o [$OPTARG]"; done
#### all
set -- -b; while getopts ab: o; do echo "$o [$OPTARG]"; done
#### all
set -- -z; while getopts :ab: o; do echo "$o [$OPTARG]"; done
#### all
set -- -b; while getopts :ab: o; do echo "$o [$OPTARG]"; done
#### all
set -- -a -- -b; while getopts ab o; do echo $o; done; echo $OPTIND
#### all
shift 5; echo $?
#### all
set -- a; shift x; echo never
#### all
break; echo ok; continue; echo ok
#### all
return 3; echo after
#### all
exit abc
#### all
f() { exit 6; }; f; echo never
#### all
(f() { exit 6; }; f); echo $?
