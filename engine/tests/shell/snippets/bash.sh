#### bash
a=(x y z); echo ${a[0]} ${a[2]} ${a[-1]} ${#a[@]} "${a[@]}" ${!a[@]}
#### bash
a=(x 'y z'); for i in "${a[@]}"; do echo "<$i>"; done; echo "${a[*]}"; IFS=,; echo "${a[*]}"
#### bash
a=(1 2); a+=(3 4); a[7]=8; echo "${a[@]}" ${#a[@]} ${!a[@]}; unset 'a[1]'; echo ${a[@]}
#### bash
a=([2]=c [0]=a b); echo ${!a[@]} ${a[@]}; declare -p a
#### bash
declare -A m; m[k]=v; m[x y]=z; echo ${m[k]} ${m[x y]} ${#m[@]}; m=([p]=q); echo ${m[p]} "${!m[@]}"
#### bash
a=(a b c d e); echo ${a[@]:1:2} ${a[@]: -2} ${a[@]:3}
#### bash
a=(one two); echo ${a[@]/o/0} ${a[@]#o} ${#a[0]} ${a[1]:1}
#### bash
x=hello; echo ${x:1:3} ${x: -2} ${x:2} ${x::2} ${x:1:-1}
#### bash
x=hello; echo ${x/l/L} ${x//l/L} ${x/#h/H} ${x/%o/O} ${x//l} ${x/z/q}
#### bash
x=hello; echo ${x^} ${x^^} ${x^^[el]}; y=ABC; echo ${y,} ${y,,}
#### bash
x=y; y=z; echo ${!x}; xa=1; xb=2; echo ${!x*} ${!xa@}
#### bash
set -- a b c d; echo ${@:2} ${@:2:2} ${*:1:1} "${@: -1}" ${@:0:1}
#### bash
echo {a,b,c} {1..5} {5..1} {a..e} {1..10..3} {01..03} x{1,2}y {a,b}{1,2} {} {a} a{b
#### bash
echo {a,{b,c}} {a,}x '{a,b}' \{a,b} {1..a} {,x}
#### bash
[[ abc == a* ]] && echo glob; [[ abc == "a*" ]] || echo quoted; [[ abc != x* ]] && echo ne
#### bash
[[ abc =~ ^a(.)c$ ]] && echo ${BASH_REMATCH[0]} ${BASH_REMATCH[1]}; [[ x =~ y ]] || echo no
#### bash
[[ -f /etc/passwd && -d / || -e /x ]] && echo files; [[ ! -e /nosuch ]] && echo neg; [[ ( a == b ) || c ]] && echo p
#### bash
[[ 10 -gt 9 ]] && echo num; [[ 10 > 9 ]] || echo lex; x='a b'; [[ $x == 'a b' ]] && echo nosplit; [[ -z $u ]] && echo z
#### bash
[[ a < b ]] && echo lt; [[ -n $x ]] || echo empty; [[ $x ]] || echo e2; [[ 1+1 -eq 2 ]] && echo arith
#### bash
((3>2)) && echo gt; ((0)) || echo zero; ((x=5,y=x*2)); echo $x $y; ((x++)); echo $x; ((x+=10)); echo $x
#### bash
for ((i=0;i<3;i++)); do echo $i; done; for ((i=5;i>0;i-=2)) do echo -n "$i "; done; echo
#### bash
echo $((2**10)) $((16#ff)) $((2#101)) $((i++)) $((++i)) $((i--)) $i $((1,2))
#### bash
x=5; echo $((x++ + ++x)) $x; a=(1 2 3); echo $((a[1]+a[2])); ((a[0]=9)); echo ${a[0]}
#### bash
cat <<< "here $((1+1)) string"; read x y <<< "a b"; echo $y$x; tr a-z A-Z <<< up
#### bash
echo $'tab\there\nnl\x41\101\u00e9\'q' $"loc"
#### bash
{ echo o; echo e >&2; } &> f; sort f; echo x &>> f; wc -l < f
#### bash
ls nosuch |& wc -l
#### bash
diff <(echo a) <(echo b); cat <(echo p) <(echo q); while read x; do echo "<$x>"; done < <(printf '1\n2\n')
#### bash
echo hi > >(cat); wait; sleep 0
#### bash
function f { echo f $1; }; function g() { echo g; }; f 1; g
#### bash
f() { echo ${FUNCNAME[0]}; }; f; echo ${BASH_SOURCE:-none}
#### bash
declare -i n=3; n=n+4; echo $n; declare -r c=1; c=2; echo after; declare -u u=abc; echo $u; declare -l l=ABC; echo $l
#### bash
declare -p nosuch; x=1; declare -p x; declare -x y=2; declare -p y; declare -a z; declare -p z
#### bash
f() { declare v=in; echo $v; }; v=out; f; echo $v; g() { declare -g w=global; }; g; echo $w
#### bash
f() { local -n ref=$1; ref=changed; }; x=1; f x; echo $x
#### bash
printf -v x '%03d' 7; echo $x; printf '%q %q\n' 'a b' "it's"; printf '%s\n' "${x@Q}"
#### bash
mapfile -t a < <(printf 'x\ny\n'); echo ${#a[@]} ${a[1]}; readarray b <<< "q"; echo "${b[0]}"
#### bash
read -a arr <<< "1 2 3"; echo ${arr[2]}; read -n 2 x <<< abcdef; echo $x; read -d : x <<< "ab:cd"; echo $x; IFS= read -r x <<< '  sp '; echo "[$x]"
#### bash
shopt -s nullglob; echo *.none end; shopt -u nullglob; echo *.none; shopt -q nullglob; echo $?
#### bash
shopt -s extglob
case foo.txt in *.@(txt|md)) echo ext;; esac
#### bash
[[ foobar == foo@(bar|baz) ]] && echo m; [[ aab == +(a)b ]] && echo p
#### bash
set -o pipefail; false | true; echo $?; true | false | true; echo ${PIPESTATUS[@]}; false | true; echo "${PIPESTATUS[0]}"
#### bash
pushd / ; pushd /tmp; dirs; popd; popd; popd
#### bash
let 'x = 3 * 4'; echo $x; let x-=12; echo $?; let; echo $?
#### bash
trap 'echo err $?' ERR; false; true; (exit 4); echo end
#### bash
trap 'echo err' ERR; false || true; if false; then :; fi; f() { false; }; f; echo end
#### bash
echo ${x:?msg} ; echo never
#### bash
case a in a) echo 1;& b) echo 2;; c) echo 3;; esac; case a in a) echo 1;;& ?) echo q;; esac
#### bash
type -t echo if ls f nosuch; f() { :; }; type -t f; type -p echo
#### bash
x=1; x+=2; echo $x; s=a; s+=b; echo $s; declare -i n=1; n+=5; echo $n
#### bash
echo ${#BASH_VERSINFO[@]} ${BASH_VERSION%%.*}; echo $BASH_SUBSHELL $(echo $BASH_SUBSHELL)
#### bash
set -- a b; echo "${@/a/x}" "${@^}"; echo "${*%b}"
#### bash
unset x; echo ${x[@]} ${#x[@]}; x=scalar; echo ${x[0]} ${#x[@]} ${x[@]}
#### bash
a=(1 2 3); b=("${a[@]}"); echo ${#b[@]}; c=(${a[@]/2/x}); echo ${c[@]}; echo ${a[@]: -1:1}
#### bash
while read -r line; do ((n++)); done < <(seq 5); echo $n
#### bash
if [[ $(echo x) = x ]]; then echo sub; fi; [[ "a b" = a\ b ]] && echo esc
#### bash
x='a b  c'; read -ra w <<< "$x"; echo ${#w[@]}; IFS=/ read -ra p <<< /usr/bin; echo ${p[1]}
#### bash
echo $(( 1 == 1 ? 10 : 20 )) $(( 5 & 6 )) $((~0)) $(( -1 >> 1 ))
#### bash
export A=1 B="x y"; declare -x | grep -E '^declare -x (A|B)='
#### bash
[[ -v HOME ]] && echo set; [[ -v nosuch ]] || echo unset; [ -v HOME ] && echo t
#### bash
f() { return 300; }; f; echo $?; (exit 256); echo $?
#### bash
cd /nosuch/dir; echo $?; cd a b; echo $?
#### bash
x=10; until ((x<=8)); do echo $((x--)); done; select i in; do :; done
#### bash
echo "${x@Q}" ; y="a'b"; echo ${y@Q} ${y@U}
#### bash
a=(b a); IFS=$'\n'; sorted=($(sort <<< "${a[*]}")); echo ${sorted[0]}
#### bash
(( 1/0 )); echo $?; echo $((08)); echo never
#### bash
builtin echo b; builtin nosuch; echo $?; enable -n echo 2>/dev/null; command echo c
#### bash
coproc_test=1; echo ${coproc_test}; time -p true 2>/dev/null; : "${x:=5}"; echo $x
#### bash
a=1 b=2 c; echo $?; a=5; echo ${a}b
