#### all
echo a > f; cat f; echo b > f; cat f; echo c >> f; cat f
#### all
echo a > f; cat < f; cat 0< f
#### all
echo err >&2
#### all
echo out; echo err 1>&2; echo out2
#### all
(echo out; echo err >&2) 2>&1 | sort
#### all
{ echo a; echo b >&2; } > f 2>&1; cat f
#### all
{ echo a; echo b >&2; } 2>&1 > f; echo -; cat f
#### all
echo a > f 2>&1; cat f
#### all
nosuch 2> err; echo $?; wc -l < err
#### all
nosuch > f 2>&1; wc -l < f
#### all
cat < nofile; echo $?
#### all
echo x > nodir/f; echo $?
#### all
mkdir d; echo x > d; echo $?
#### all
> f; ls; cat f; : > g; ls
#### all
cat <<EOF
plain
$((1+1)) ${HOME} $(echo sub) `echo bq`
\$esc \\ \x "quotes" 'single'
EOF
#### all
cat <<'EOF'
$x $(no) `no` \$
EOF
#### all
cat <<"EOF"
$x
EOF
#### all
cat <<\EOF
$x
EOF
#### all
	cat <<-EOF
	tab stripped
		two
	EOF
echo end
#### all
cat <<A; cat <<B
first
A
second
B
#### all
cat <<A - <<B
one
A
two
B
#### all
cat <<EOF | tr a-z A-Z
upper
EOF
#### all
while read x; do echo "<$x>"; done <<EOF
a b
c
EOF
#### all
cat <<EOF
no end
#### all
cat <<EOF
a\
b
EOF
#### all
cat <<E1
$(cat <<E2
inner
E2
)
E1
#### all
f() { cat; }; f <<EOF
to function
EOF
#### all
if true; then cat; fi <<EOF
to if
EOF
#### all
x='a b'; cat <<EOF
"$x" '$x' $x
EOF
#### all
echo a b c | while read x y; do echo "$x|$y"; done
#### all
printf 'l1\nl2\nl3\n' | while read l; do echo "[$l]"; done
#### all
printf 'no newline' | while read l; do echo "[$l]"; done; echo end
#### all
printf 'no newline' | { read l; echo "$? [$l]"; }
#### all
printf 'a\\\nb\n' | { read x; echo "$x"; }
#### all
printf 'a\\nb\n' | { read x; echo "$x"; }; printf 'a\\nb\n' | { read -r x; printf '%s\n' "$x"; }
#### all
printf '  lead  mid  \n' | { read x; echo "[$x]"; }; printf '  a  b  c  \n' | { read x y; echo "[$x][$y]"; }
#### all
echo a:b:c | { IFS=: read x y z; echo "$x $y $z"; }
#### all
echo a:b:c:d | { IFS=: read x y; echo "$x|$y"; }
#### all
echo 'a::c' | { IFS=: read x y z; echo "[$x][$y][$z]"; }
#### all
echo 'x:y:' | { IFS=: read a b; echo "[$a][$b]"; }
#### all
echo 'x:y::' | { IFS=: read a b; echo "[$a][$b]"; }
#### all
printf 'one\ntwo\n' > f; { read a; read b; } < f; echo $b $a
#### all
printf '1\n2\n3\n' > f; exec 3< f; read a <&3; read b <&3; echo $a $b; exec 3<&-; read c <&3; echo $?
#### all
exec 3> f; echo x >&3; echo y >&3; exec 3>&-; cat f
#### all
exec 3>&1; echo to3 >&3; (echo sub >&3); exec 3>&-; echo x >&3; echo $?
#### all
echo x 3>&1 >&3 2>&3 3>&-
#### all
exec > f; echo hidden; exec >&2; cat f
#### all
exec 2>&1; echo err >&2; nosuch
#### all
set -C; echo a > f; echo b > f; echo $?; echo c >| f; cat f
#### all
echo rw > f; cat <> f; echo new 1<> f; cat f
#### all
echo a >f>g; ls; cat g; wc -c < f
#### all
< /dev/null cat; echo $?
#### all
echo x > /dev/null; echo $?; cat /dev/null
#### all
echo a | cat | cat | cat
#### all
echo a | false; echo $?; false | true; echo $?
#### all
! echo a | grep b; echo $?
#### all
x=1; echo y | read x; echo $x
#### all
echo a | { cat; echo b; }
#### all
{ echo a; echo b; } | { read x; cat; }
#### all
seq 1 100000 | head -2
#### all
yes | head -3
#### all
while true; do echo loop; done | head -2
#### all
i=0; while [ $i -lt 5 ]; do echo $i; i=$((i+1)); done | { read a; read b; echo $a $b; }
#### all
for i in c a b; do echo $i; done | sort
#### all
for i in 1 2 3; do echo $i; done > f; cat f
#### all
for i in 1 2 3; do echo $i >> f; done; cat f
#### all
while read x; do echo "got $x"; done < /dev/null; echo $?
#### all
echo a >&3; echo $?
#### all
echo a >&x; echo $?
#### all
cat <&9; echo $?
#### all
{ echo 1; echo 2 >&2; echo 3; } 2>/dev/null
#### all
(echo a; exit 3) > f; echo $?; cat f
#### all
f() { echo out; echo err >&2; }; f 2>/dev/null; f >/dev/null 2>&1; f 2>&1 >/dev/null | cat
#### all
ls nosuch 2>/dev/null || echo failed
#### all
echo one > f; { cat f; echo two; } > g; cat g
#### all
{ echo a; cat; } < /dev/null
#### all
cat << 'a b'
quoted delim $x
a b
#### all
x=5 cat <<EOF
$x
EOF
#### all
echo "$(cat < /dev/null)"; echo "$(< /dev/null)"
#### all
echo to stdout > /dev/stdout; echo to stderr 2>/dev/null > /dev/stderr
#### all
echo via fd > /dev/fd/1
#### all
echo a > 'file with space'; cat 'file with space'; f='x y'; echo b > "$f"; cat "$f"
#### all
f='x y'; echo c > $f; ls; echo $?
#### all
echo a >f; echo b >>f; echo c>>f; cat<f
#### all
echo 2>f; ls; cat f; echo 2 >g; cat g
#### all
echo a1>f; cat f
#### all
if echo x > f; then cat f; fi 2>/dev/null
#### all
true > nodir/x && echo yes || echo no
#### all
: > nodir/x; echo after
#### all
{ :; } > nodir/x; echo $?
#### all
cat nofile 2>&1 | grep -c 'No such'
#### all
sort <<EOF | uniq
b
a
b
EOF
#### all
read x < /dev/null; echo $?; read y <<EOF
val
EOF
echo $y
#### all
echo x | cat - /dev/null
#### all
tr a b <<EOF
banana
EOF
#### all
exec 5>f; echo five >&5; cat f; exec 5>&-
#### all
(exec 4>&1; echo four >&4)
#### all
var=$( { echo out; echo err >&2; } 2>&1 ); echo "$var"
#### all
var=$( { echo out; echo err >&2; } 2>&1 >/dev/null ); echo "$var"
#### all
echo first > f; sed s/first/second/ f > g; mv g f; cat f
