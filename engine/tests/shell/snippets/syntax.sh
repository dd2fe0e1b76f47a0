#### all
fi
#### all
echo a; then
#### all
if true; fi
#### all
if true; then echo a
#### all
while true; done
#### all
for i in a b; echo $i; done
#### all
for 1x in a; do echo; done
#### all
case x in a) echo
#### all
echo )
#### all
( echo a
#### all
{ echo a
#### all
echo "unterminated
#### all
echo 'unterminated
#### all
echo `unterminated
#### all
echo $(unterminated
#### all
echo ${unterminated
#### all
echo $((1+2
#### all
echo a | | echo b
#### all
echo a && && echo b
#### all
| echo a
#### all
&& echo a
#### all
; echo a
#### all
echo a ;; echo b
#### all
echo a; ; echo b
#### all
echo a & & echo b
#### all
echo >
#### all
cat <
#### all
echo a > > f
#### all
f( { echo; }
#### all
f() echo a
f
#### all
1f() { echo digit; }; 1f
#### all
a-b() { echo dash; }; a-b
#### all
if; then echo; fi
#### all
while; do echo; done
#### all
{ }
#### all
()
#### all
do
#### all
done
#### all
esac
#### all
}
#### all
! 
#### all
echo ok
echo ok2
fi
echo never
#### all
echo one
if true; then
echo two
#### all
eval 'fi'; echo after $?
#### all
eval 'echo "x'; echo after
#### all
(eval 'fi'); echo $?
#### all
echo 'fi' > lib; . ./lib; echo after
#### all
x=$(fi); echo after
#### all
if true; then echo a; else; fi
#### all
for i in 1 2 do echo $i; done
#### all
case a in esac; echo $?
#### all
case a in a) ;; esac; echo $?
#### all
case a in a) echo x;; b) echo y; esac
#### all
case a
in
a)
echo multi
;;
esac
#### all
if true; then if false; then echo; else echo nested; fi; fi
#### all
echo if then else fi do done; echo for in case
#### all
x=if; echo $x; if=1; echo $if
#### all
for if in a; do echo $if; done
#### all
{ echo a;}; {echo b; } 2>/dev/null; echo $?
#### all
(echo a);(echo b)
#### all
echo a;echo b&&echo c||echo d
#### all
for x in a b;do echo $x;done
#### all
while :;do break;done;echo out
#### all
f(){ echo tight;};f
#### all
f ( ) { echo spaced; } ; f
#### all
f()
{
echo nl
}
f
#### all
if ! false; then echo not; fi; while ! true; do :; done
#### all
! ! true; echo $?
#### all
true & echo a; wait
#### all
echo a & wait; echo b
#### all
x=(1 2); echo ${x[1]}
#### all
[[ a == a ]] && echo dbl
#### all
((1+1)) && echo arith
#### all
echo {a,b} {1..3}
#### all
echo $'a\tb'
#### all
cat <<< here
#### all
echo a &> f; cat f
#### all
function f { echo kw; }; f
#### all
source ./nosuch; echo $?
#### all
x=abc; echo ${x:1} ${x:0:2}; echo never?
#### all
x=abc; echo ${x/b/X} ${x^^}
#### all
let x=1+2; echo $x
#### all
echo a |& cat
#### all
x+=1; echo $x
#### all
for ((i=0;i<2;i++)); do echo $i; done
#### all
cat <(echo ps)
#### all
select x in a; do break; done < /dev/null
#### all
time true 2>/dev/null; echo $?
#### all
echo "${x[0]}"
#### all
declare x=1; echo $?
#### all
echo $RANDOM | grep -c .
#### all
shopt -s nullglob; echo $?
#### all
set -o pipefail; false | true; echo $?
#### all
echo !$ !! "!x"
