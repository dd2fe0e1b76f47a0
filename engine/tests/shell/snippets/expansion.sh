#### all
echo ${x-unset} ${x:-null}; x=; echo "[${x-unset}]" ${x:-null}; x=v; echo ${x-unset} ${x:-null}
#### all
echo "[${x+set}]" "[${x:+nn}]"; x=; echo "[${x+set}]" "[${x:+nn}]"; x=v; echo "[${x+set}]" "[${x:+nn}]"
#### all
echo ${x=assigned}; echo $x; y=; echo ${y:=filled}; echo $y
#### all
echo ${x?}; echo never
#### all
echo ${x?custom message}; echo never
#### all
x=; echo ${x:?is null}; echo never
#### all
(echo ${x:?}) ; echo $?
#### all
echo ${1?no arg}
#### all
x=/a/b/c.tar.gz; echo ${x##*/} ${x#*/} ${x%.*} ${x%%.*} ${x%/*}
#### all
x=aXbXc; echo ${x#*X} ${x##*X} ${x%X*} ${x%%X*}
#### all
x=abc; echo ${x#a} ${x#b} ${x%c} ${x%b} ${#x}
#### all
x='a*b'; echo "${x#a\*}" "${x#a'*'}" "${x#a*}"
#### all
x=abc; p='a?'; echo ${x#$p} ${x#"$p"}
#### all
x=foo.c; echo "${x%.c}.o"
#### all
x=""; echo "${#x}" ${#nosuch}
#### all
set -- a bb ccc; echo ${#1} ${#3} ${#} ${#@} ${#*}
#### all
x=5; echo "${x}" '${x}' \${x} "\${x}"
#### all
echo ${x:-a b   c}; echo "${x:-a b   c}"
#### all
echo ${x:-"a   b" c   d}
#### all
echo "${x:-'single'}" ${x:-'single'}
#### all
echo "${x:-"nested"}" "${x:-$(echo sub)}" ${x:-${y:-deep}}
#### all
y=Y; echo ${x:-$y$y} ${x:-"$y"'$y'}
#### all
echo "${x:-a}b${x:-}c"
#### all
echo "${x:-}}" ${x:-\}}
#### all
x='a b'; set -- $x; echo $#; set -- "$x"; echo $#
#### all
x='  lead trail  '; set -- $x; echo "[$1][$2]" $#; echo "[$x]"
#### all
IFS=:; x=a:b::c:; set -- $x; echo $#; for i; do echo "[$i]"; done
#### all
IFS=:; x=:a; set -- $x; echo $#; for i; do echo "[$i]"; done
#### all
IFS=' :'; x=' a : b  c:: d '; set -- $x; echo $#; for i; do echo "[$i]"; done
#### all
IFS=; x='a b'; set -- $x; echo $# "$1"
#### all
IFS=,; set -- a,b; echo $#; echo $1 "$1"
#### all
IFS=x; v=1x2x3; echo $v "$v"
#### all
unset IFS; x="a	b
c"; set -- $x; echo $#
#### all
IFS=-; set -- a b c; echo "$*" $*; echo "$@"
#### all
x=$(echo a b); echo "$x"; x=`echo c d`; echo "$x"
#### all
echo $(echo a; echo b) "$(echo a; echo b)"
#### all
echo "$(printf 'a\n\n\n')" end
#### all
echo $(echo $(echo $(echo nested)))
#### all
echo `echo \`echo inner\``
#### all
echo "`echo "quoted in bq"`"
#### all
echo "$(echo "inner quotes")" "$(echo ")")"
#### all
x=$(exit 3); echo $?; x=$(true); echo $?
#### all
echo $(false) $?; false; x=$(echo $?); echo $x
#### all
x=1; y=$(x=2; echo $x); echo $x $y
#### all
echo $(case a in a) echo in case;; esac)
#### all
echo $(cat <<EOF
here in subst
EOF
)
#### all
echo a$(echo 1 2)b "a$(echo 1 2)b"
#### all
echo $((1+2*3)) $(((1+2)*3)) $((7/2)) $((7%3)) $((-7/2)) $((-7%3))
#### all
x=4; echo $((x)) $(($x)) $((x+1)) $((x*x)) $((-x)) $((!x)) $((~x))
#### all
echo $((1<2)) $((2<=2)) $((3>4)) $((1==1)) $((1!=1)) $((1&&0)) $((1||0))
#### all
echo $((5&3)) $((5|3)) $((5^3)) $((1<<4)) $((256>>2))
#### all
echo $((1?2:3)) $((0?2:3)) $((1?0?4:5:6))
#### all
echo $((x=5)) $x $((x+=2)) $x $((x*=3)) $((x-=1)) $((x/=2)) $((x%=4))
#### all
echo $((010)) $((0x1F)) $((0xff+1))
#### all
echo $(( 1 + 2 )) $((
1+1
))
#### all
echo $((unsetvar+1)) $((unsetvar))
#### all
echo $((1/0)); echo never
#### all
echo $((1+)); echo never
#### all
echo $((1 2)); echo never
#### all
echo $((abc)); x=abc; echo $((x)); echo end
#### all
echo $((9223372036854775807)) $((9223372036854775807+1))
#### all
echo $((2147483647*2)) $((1000000*1000000))
#### all
i=5; echo "$((i>3?1:0))" $((i=i+1)); echo $i
#### all
x=3; echo $((x<5&&x>1)) $((1,2)) 2>/dev/null; echo $?
#### all
echo $(( (1) )) $(((2))) $((3))
#### all
x=" 7 "; echo $((x+1))
#### all
x=-5; echo $((x)) $((-x)) $((- -5)) $((+3))
#### all
echo "$((1+1))" '$((1+1))' \$((1+1\)\) 2>/dev/null || echo failed
#### all
touch a.txt b.txt c.md; echo *.txt; echo *; echo *.none; echo "*.txt"
#### all
touch a1 a2 b1; echo a? [ab]1 [!a]1 a[0-9]
#### all
touch .hidden vis; echo *; echo .h*; echo .[!.]*
#### all
mkdir d e; touch d/x e/y; echo */*; echo d/*; echo */x
#### all
mkdir d; touch f; echo */; echo */.
#### all
touch 'a b' c; for f in *; do echo "<$f>"; done; ls | wc -l
#### all
touch a b; x='*'; echo $x "$x"; set -f; echo $x *
#### all
touch '[x]' x; echo [x] '[x]' \[x\]
#### all
touch a-b aXb; echo a[-X]b; echo a[!-]b
#### all
touch A a B b; echo [[:lower:]] [[:upper:]]
#### all
touch x1 x2; for f in x*; do echo $f; done; echo nope*
#### all
mkdir -p a/b/c; touch a/b/c/f; echo a/*/c/*; echo */*/*/*
#### all
x='a*'; touch ab; y=$x; echo "$y"; echo $y
#### all
touch 'q?' qz; echo q\? "q?" q?
#### all
echo /bi[n] /tm?
#### all
x=1; unset x; echo ${x:-gone}; x=2; f() { unset x; }; f; echo ${x:-gone2}
#### all
echo $$ | grep -c '^[0-9][0-9]*$'; echo "${$:+pid}"
#### all
echo ${!:-nobg}; echo "[$!]"
#### all
set -u; echo $nosuch; echo never
#### all
set -u; echo ${nosuch:-fine}; x=; echo "[$x]"; echo "$@" ok
#### all
set -u; echo $1; echo never
#### all
set -u; (echo $nosuch); echo $?
#### all
set -u; echo $((nosuch+1)); echo reached
#### all
echo ${bad!x}; echo after
#### all
echo ${}; echo after
#### all
echo ${x y}; echo after
#### all
echo "a'b" 'a"b' "a\$b" "a\`b" "a\\b" "a\nb"
#### all
echo a\ b\	c\\d
#### all
echo "$" $ "$ x" a$ "a$"
#### all
echo "$(echo 'a  b')" $(echo 'a  b')
#### all
x="a'b\"c"; echo $x "$x"
#### all
x='$(echo no)'; echo $x "$x"; x='`echo no`'; echo "$x"
#### all
x='a\b'; echo "$x" | cat; echo $x | cat
#### all
set -- "a b" c; x=$*; echo "$x"; x=$@; echo "$x"; x="$@"; echo "$x"
#### all
set -- a b c; for i; do echo $i; done
#### all
set -- '*' '?'; echo "$@"; echo "$1"
#### all
x=abcdef; echo ${x%%[ce]*} ${x##*[bd]}
#### all
x=a.b.c; echo ${x%.} ${x#.} ${x%.*.*}
#### all
x=äöü; echo ${#x} ${x#ä} "$x"
#### all
x='  a  '; echo ${x} "${x}" ${x#  }
#### all
unset a; echo "${a-}" "${a:-}" | wc -c
#### all
a=x; echo ${a:+"quoted  $a"} ${b:+no}
#### all
echo ${x:=${y:=inner}} $x $y
#### all
x=1; echo "${x:+"in"}" '${x}' "${x:+'q'}"
#### all
e=; echo a $e b "$e" c | cat
#### all
echo "a${e}b" a"$e"b $e"x"$e
#### all
p=/usr/local/bin/; echo ${p%/} ${p%%/} ${p##*/}.
