"""The command lines whose answers are recorded from real tools; see ``recorder``."""

SCENARIOS = [
    line
    for line in r"""
cat lines.txt empty noeol
cat -n lines.txt words.txt
cat -A tabs.txt
cat -bs words.txt
cat -v binary
cat nox lines.txt
cat d
head -n 2 lines.txt
head -c 5 lines.txt
head -n -1 lines.txt
head -2 lines.txt
head lines.txt noeol
head nox lines.txt
tail -n 2 lines.txt
tail -n +3 lines.txt
tail -c 6 lines.txt
tail -c +20 lines.txt
tail -1 lines.txt noeol
tail nox
wc lines.txt
wc lines.txt words.txt empty
wc -l lines.txt
wc -c lines.txt noeol
wc -w words.txt
wc -L words.txt
wc <<< a b\nc\n
wc -l <<< a b\nc\n
wc nox
ls
ls -a
ls -A d
ls -1 d
ls -d d
ls -F
ls -p
ls d lines.txt
ls -R d
ls -r
ls -S
ls nox
ls nox lines.txt
ls -m
ls -C
ls -x -w 40
ls -l lines.txt
ls -ld d l dangling
ls -l d
ls -n lines.txt
ls -lh binary
ls -s lines.txt
ls -X
ls -z
ls --full-time lines.txt
mkdir a
mkdir -p a/b/c
mkdir d
mkdir a/b
mkdir -m 700 a
mkdir -m u=rwx,go= a
mkdir -pv a/b
mkdir
mkdir -p lines.txt/x
rmdir d/sub
rmdir nox
rmdir lines.txt
rm lines.txt
rm d
rm -r d
rm -f nox
rm nox
rm -rv d
rm -d d
rm
rm -r .
rm -r d/sub/..
rm l
rm d/
rm -i lines.txt <<< y\n
rm -i lines.txt <<< n\n
cp lines.txt copy
cp lines.txt d
cp -r d e
cp -r d d/inside
cp d e
cp nox e
cp lines.txt nox/e
cp lines.txt noeol d
cp lines.txt noeol nox
cp l copy
cp -P l copy
cp -a l dangling d/sub
cp -rL d e
cp lines.txt lines.txt
cp lines.txt l
cp -v lines.txt copy
cp -rv d e
cp -n lines.txt noeol
cp -l lines.txt hard
cp -s lines.txt soft
cp lines.txt copy/
cp -r d lines.txt
cp lines.txt dangling
cp -t d lines.txt noeol
cp -T lines.txt d
cp --parents d/sub/y empty
cp
cp lines.txt
cp -b lines.txt noeol
mv lines.txt moved
mv lines.txt d
mv d e
mv d lines.txt
mv lines.txt d/x
mv nox e
mv lines.txt noeol d
mv lines.txt noeol nox
mv d d/e
mv lines.txt lines.txt
mv -n lines.txt noeol
mv -v lines.txt moved
mv lines.txt nox/y
mv l moved
mv
mv lines.txt
ln lines.txt hard
ln -s lines.txt soft
ln -s lines.txt l
ln -sf d l
ln -sfn d l
ln nox hard
ln d hard
ln -s a b c
ln -s ../lines.txt d/up
ln -sr lines.txt d/up
ln -v lines.txt hard
touch new
touch nox/new
touch -c new
touch
touch lines.txt new
chmod 600 lines.txt
chmod u+x,go-r lines.txt
chmod a=r lines.txt
chmod -R go-rwx d
chmod +x nox
chmod zz lines.txt
chmod
chmod 644
chmod -v 600 lines.txt
chmod -c 644 lines.txt
chmod u+s lines.txt
chmod +t d
chmod g+s d
chmod 2755 d ;; chmod 755 d
chmod o=u lines.txt
chmod -x lines.txt
chmod u=rwX,g=rX d lines.txt
chown root lines.txt
chown nobodyx lines.txt
chown root:nogroupx lines.txt
chown 0:0 nox
chown -v 12:34 lines.txt
chgrp root lines.txt
chgrp nogroupx lines.txt
stat -c '%n %s %a %A %F %h %U %G' lines.txt d l
stat -c %Y lines.txt
stat nox
readlink l
readlink lines.txt
readlink -f d/../l
readlink -e nox
realpath nox/y
basename /a/b.c
basename /a/b.c .c
basename -s .c a.c b.c
basename a/
basename /
basename
dirname /a/b/c
dirname a
dirname /
dirname a/b/ c
~find .
~find d -type f
~find . -name '*.txt'
~find . -iname 'LINES*'
~find d -mindepth 1 -maxdepth 1
~find . -type l
~find . -size +100c
~find . -empty
~find d -name sub -prune -o -print
~find d -type f -exec cat {} ;
~find d -type f -exec echo {} +
~find . -name nox
find d -delete
find nox
find . -foo
find . -name
find d -depth
~find . -path './d/*'
~find . -perm 644
~find . -perm -u+w -type d
~find . -newer lines.txt
~find . -mtime +10 -name 'l*'
~find d ! -type d
~find . ( -name x -o -name y ) -print
~find . -print0 -name x
~find . -regex '.*/[xy]'
~find d -printf '%p %f %h %s %m %y %d\n'
~find d -ls -false
find d -name x -quit
du -s empty
du -a d/x
du -b lines.txt
du nox
sort lines.txt
sort -r lines.txt
sort -n numbers.txt
sort -nr numbers.txt
sort -u numbers.txt
sort -nu numbers.txt
sort -h sizes.txt
sort -V versions.txt
sort -t , -k 3 -n fruit.csv
sort -t , -k 3,3nr -k 2 fruit.csv
sort -t, -k2,2 fruit.csv
sort -k 2 lines.txt
sort -k2,2nr lines.txt
sort -f words.txt
sort -b words.txt
sort -c lines.txt
sort -c numbers.txt
sort -o out lines.txt
sort lines.txt words.txt
sort nox
sort -k0 lines.txt
sort -t ab lines.txt
sort -s -k1,1 words.txt
sort -m lines.txt words.txt
sort -R empty
sort -M <<< Mar\nJan\nfoo\nFeb\n
sort -d words.txt
sort -g <<< 1e3\n2\n-1\nx\n
sort noeol
uniq words.txt
uniq -c words.txt
uniq -d words.txt
uniq -u words.txt
uniq -f 1 words.txt
uniq -i words.txt
uniq -s 1 -w 2 words.txt
uniq nox
uniq noeol out
cut -d, -f2 fruit.csv
cut -d , -f 1,3 fruit.csv
cut -d, -f2- fruit.csv
cut -c1-3 lines.txt
cut -c 2,4- lines.txt
cut -b 1 lines.txt
cut -f2 tabs.txt
cut -f1 lines.txt
cut -s -f1 lines.txt
cut -d ' ' -f 2 --complement lines.txt
cut -d, -f1,2 --output-delimiter=: fruit.csv
cut lines.txt
cut -f0 lines.txt
cut -f 3-1 lines.txt
cut -c x lines.txt
cut -d ab -f1 lines.txt
tr a-z A-Z <<< hello world\n
tr -d aeiou <<< hello world\n
tr -s l <<< hello\n
tr -cd '[:digit:]' <<< a1b2\n
tr '[:upper:]' '[:lower:]' <<< ABC\n
tr abc x <<< aabbcc\n
tr '\n' ' ' <<< a\nb\n
tr -s ' ' '\n' <<< a  b c\n
tr a
tr
tr -d a b
tr z-a x
tr a-c '[x*]' <<< abcd\n
tr -t abc x <<< abc\n
tr '\141' '\x' <<< a\n
tac lines.txt
tac noeol
nl words.txt
nl -ba words.txt
nl -w 2 -s : lines.txt
nl -v 10 -i 5 lines.txt
rev lines.txt
fold -w 3 lines.txt
fold -s -w 5 words.txt
paste lines.txt tabs.txt
paste -d, lines.txt noeol
paste -s lines.txt
paste -sd, lines.txt
paste -d '\n' lines.txt noeol
comm lines.txt noeol
comm -12 words.txt words.txt
comm -3 noeol lines.txt
join <<< x\n
join -t , -1 1 -2 1 fruit.csv fruit.csv
expand tabs.txt
expand -t 4 tabs.txt
unexpand -a <<< a       b\n
tee out <<< hi\n
tee -a lines.txt <<< hi\n
tee d/no/x <<< hi\n
grep one lines.txt
grep -n o lines.txt
grep -c o lines.txt words.txt
grep -v o lines.txt
grep -i THE words.txt
grep -o 'c.t' words.txt
grep -E '^(one|four)' lines.txt
grep -F . lines.txt
grep -w the words.txt
grep -x 'the cat' words.txt
grep -l one lines.txt words.txt
grep -L one lines.txt words.txt
grep -h one lines.txt d/sub/z.txt
grep -H one lines.txt
grep -A1 two lines.txt
grep -B1 two lines.txt
grep -C1 two lines.txt
grep -m1 o lines.txt
grep -q one lines.txt
grep -q nox lines.txt
grep one nox
grep -s one nox
grep one d
~grep -r one .
~grep -rl one d
~grep -rn --include=*.txt one .
grep -e one -e two lines.txt
grep 'o\|e' lines.txt
grep '\(.\)\1' lines.txt words.txt
grep '[[:digit:]]$' lines.txt
grep -on 'e' lines.txt
grep -bo e lines.txt
grep -nA1 -B1 the words.txt
grep '[' lines.txt
grep '\(' lines.txt
grep -E '(' lines.txt
grep -E 'a{1' lines.txt
grep -P '\d' lines.txt
grep '' noeol
grep a <<< a\nb\na\n
grep -f noeol words.txt
grep x binary
grep -a abc binary
grep -vc o lines.txt
grep -z one lines.txt
grep '\bt' lines.txt
grep '\<t' lines.txt
grep 'o\+' lines.txt
grep -E 'e{2}' lines.txt
grep --color=always one lines.txt
grep -e '*a' lines.txt
grep -E 'x*' noeol
egrep 'one|two' lines.txt
fgrep 'e ' lines.txt
sed p noeol
sed -n 2p lines.txt
sed s/o/0/ lines.txt
sed s/e/E/2g lines.txt
sed -n '/two/,/three/p' lines.txt
sed '/two/d' lines.txt
sed '$d' lines.txt
sed 2q lines.txt
sed -n '$=' lines.txt
sed '1!G;h;$!d' lines.txt
sed -i s/one/ONE/ lines.txt
sed -i.bak s/one/ONE/ lines.txt
sed '2i\ x' lines.txt
sed '2i x' lines.txt
sed '2a\\nx' lines.txt
sed '2c\x' lines.txt
sed '2,3c x' lines.txt
sed '$a end' lines.txt
sed -E 's/(\w+) (\w+)/\2 \1/' lines.txt
sed 's/.*/"&"/' lines.txt
sed 's|one|a/b|' lines.txt
sed 's/[aeiou]//g' lines.txt
sed y/abc/xyz/ words.txt
sed = noeol
sed -n l binary
sed -n '/o/{s//0/;p}' lines.txt
sed 'N;s/\n/+/' lines.txt
sed '$!N;P;D' words.txt
sed ':a;N;$!ba;s/\n/,/g' lines.txt
sed -e s/one/1/ -e s/two/2/ lines.txt
sed 's/one/\n/' lines.txt
sed 's/ /\t/' lines.txt
sed '0~2d' lines.txt
sed '2,+1d' lines.txt
sed '0,/o/s/o/0/' lines.txt
sed 's/e/E/;ta;s/$/!/;:a' lines.txt
sed 's/\(o\)\(n\)/\2\1/' lines.txt
sed -s -n '$p' lines.txt noeol
sed -n '2{p;q}' lines.txt
sed 's/o/O/w out' lines.txt
sed 'r noeol' tabs.txt
sed '1r nox' tabs.txt
sed 3q5 lines.txt
sed '/^$/d' words.txt
sed '/one/!s/[0-9]/N/' lines.txt
sed 's/\bt/T/' lines.txt
sed 's/x*/-/g' noeol
sed 's/b*$/-/' noeol
sed -z 's/\n/,/g' lines.txt
sed 's/[^ ]* *//' lines.txt
sed k lines.txt
sed s/a lines.txt
sed 's/a/b/x' lines.txt
sed 's/\(a/b/' lines.txt
sed 's/a/\1/' lines.txt
sed '/a' lines.txt
sed '{p' lines.txt
sed 'p}' lines.txt
sed 'y/a/bc/' lines.txt
sed 'b nox' lines.txt
sed '3,1p' lines.txt
sed p nox
sed p d
sed
sed -n
sed 's/one/\U&/;s/two/\u&/' lines.txt
sed 's/a\|b/X/' noeol
sed 's/\./x/;s/\*/y/' lines.txt
sed -n '/one/,+1{=;p}' lines.txt
sed 'x;p;x' noeol
sed '1~3d' lines.txt
sed '2~2s/^/> /' lines.txt
sed 's,/,\,,g' <<< a/b\n
sed 's/a.b/X/;s/[/]/Y/' <<< a/b\n
sed 'G' noeol
sed -n 'H;${x;s/\n/,/g;p}' lines.txt
sed 'n;d' lines.txt
sed '/two/{n;s/3/X/}' lines.txt
sed '1d;$d' lines.txt
sed "s/'//g" <<< it's\n
awk '{print $1}' lines.txt
awk '{print $2, $1}' lines.txt
awk -F, '{print $2}' fruit.csv
awk -F, 'NR>1{s+=$3} END{print s}' fruit.csv
awk 'END{print NR}' lines.txt
awk '/t/{print NR": "$0}' lines.txt
awk 'BEGIN{for(i=0;i<3;i++) print i}'
awk 'BEGIN{printf "%5.2f|%-5s|%05d|%x|%c\n", 3.14159, "ab", 42, 255, 65}'
awk '{a[$1]=$2} END{print a["one"], length(a)}' lines.txt
awk 'BEGIN{print length("hello"), substr("hello",2,3), index("hello","l")}'
awk '{gsub(/o/,"0"); print}' lines.txt
awk '{sub(/e/,"[&]"); print}' lines.txt
awk 'BEGIN{n=split("a:b:c",x,":"); print n, x[1], x[3]}'
awk 'BEGIN{print toupper("abc"), tolower("ABC")}'
awk '{$2="x"; print}' lines.txt
awk -v v=5 'BEGIN{print v+1}'
awk 'BEGIN{print 1/3, 10/2, 2^10, 7%3, -7%3}'
awk 'BEGIN{print 1e6, 1000000, 123456789, 0.1+0.2, 1e300*1e300}'
awk 'NF' words.txt
awk '!seen[$0]++' words.txt
awk 'NR==2,NR==3' lines.txt
awk '{print NF, $NF}' words.txt
awk 'BEGIN{OFS="-"}{$1=$1; print}' lines.txt
awk 'BEGIN{FS=","; OFS=";"}{print $1,$2}' fruit.csv
awk 'BEGIN{if(match("foobar",/o+/)) print RSTART, RLENGTH}'
awk 'function f(n){return n<2?n:f(n-1)+f(n-2)} BEGIN{print f(10)}'
awk 'BEGIN{while((getline line < "noeol")>0) print "got " line}'
awk 'BEGIN{getline; print "first: " $0} {print}' lines.txt
awk 'BEGIN{x["a"]=1; delete x["a"]; print ("a" in x), length(x)}'
awk 'BEGIN{print substr("hello",0,2), substr("hello",-1), substr("hello",4,10)}'
awk 'BEGIN{print "a" "b" 1+2 "c"}'
awk 'BEGIN{print 1==1.0, "a"<"b", "10"<"9", 10<9}'
awk '$2>2' lines.txt
awk '$1~/^t/{c++} END{print c+0}' lines.txt
awk 'BEGIN{do{i++}while(i<5); print i; exit 3} END{print "end"}'
awk 'BEGIN{for(;;){if(++i>3)break; if(i==2)continue; print i}}'
awk 'BEGIN{printf "%s %d %i\n", "x", 3.9, "12abc"}'
awk 'BEGIN{printf "%d%%\n", 50}'
awk 'BEGIN{RS=""}{print NR": "$1}' words.txt
awk 'BEGIN{RS=","}{print}' fruit.csv
awk '{print > "out"}' lines.txt
awk 'BEGIN{print length()}' lines.txt
awk 'BEGIN{print index("abc","")}'
awk 'BEGIN { print -3 " " -3; print 1 - 1, 2 -1 }'
awk 'BEGIN{a="x"; a=a a; print a a}'
awk 'BEGIN{$3="c"; print NF, $0}'
awk '{NF=1; print}' lines.txt
awk 'BEGIN{print substr("x", 1.5), int(-3.7), int("3x")}'
awk 'BEGIN{print 5 " items"; print 1>2 ? "y" : "n"}'
awk 'BEGIN{print !0, !1, !"", !"a", 1&&0, 1||0}'
awk 'BEGIN{i=5; print i++ + ++i, i--, i}'
awk 'BEGIN{print 2^3^2, -2^2}'
awk 'BEGIN { "echo hi" | getline x; print x }'
awk 'BEGIN { print "b\na" | "sort" }'
awk 'BEGIN{printf("%s\n", sprintf("%03d", 7))}'
awk 'BEGIN{s="a.b.c"; gsub(/\./,"\\&",s); print s}'
awk 'BEGIN{s="abc"; gsub(//,"-",s); print s}'
awk 'BEGIN{s="aaa"; print gsub(/a/,"b",s), s}'
awk 'BEGIN{print ENVIRON["A"], ARGC, ARGV[1]}' x y
awk '{print FILENAME, FNR, NR}' noeol empty noeol
awk 'BEGIN{a[1,2]=3; for(k in a){split(k,p,SUBSEP); print p[1],p[2]}}'
awk -f nox
awk 1 nox
awk '{print'
awk 'BEGIN{print 1,}'
awk
awk 'length > 5' lines.txt
awk 'length($0) > 5 {print $1}' lines.txt
awk 'BEGIN{print log(10), exp(1), sqrt(16), sin(0), cos(0), atan2(0,-1)}'
awk 'BEGIN{print substr("hello", 2)}'
awk 'BEGIN { x = "A"; printf x "\n" }'
awk 'BEGIN{print "a\tb\\c\"d\/e"}'
awk 'BEGIN{print 1;;print 2}'
awk 'BEGIN{if(0);else print "e"}'
awk 'BEGIN{if (1) print "y"; else print "n"}'
awk 'NR==1{next}{print}' lines.txt
awk -F: '{print $1}' <<< a:b\n
awk -F '\t' '{print $2}' tabs.txt
awk -F '[, ]' '{print $2}' fruit.csv
awk -Ft '{print $2}' lines.txt
awk '{ print $(NF-1) }' lines.txt
awk '/one/,/two/ {print "r" $0}' lines.txt
awk 'BEGIN{print "x" > "/dev/stderr"}'
awk 'BEGIN{print 100000000000000000000, 0x10, 1e5, .5}'
awk 'BEGIN{CONVFMT="%.2g"; a=3.14159; b=a ""; print b}'
awk 'BEGIN{OFMT="%.2f"; print 3.14159}'
awk '{$0="a b"; print $2, NF}' noeol
awk 'BEGIN{print length(x), x+0, x ""}'
awk '{sum += $2; if ($2 > max) max = $2} END {printf "%d %d %.1f\n", sum, max, sum/NR}' lines.txt
seq 3
seq 2 5
seq 1 2 7
seq 5 -2 1
seq 0.5 0.5 2
seq -w 8 11
seq -s , 3
seq -f %03g 3
seq 3 1
seq
seq a
expr 1 + 2
expr 7 / 2
expr 7 % 4
expr 2 '*' 3
expr a = a
expr 1 '<' 2
expr abc : 'a\(.\)c'
expr abc : 'a.*'
expr length hello
expr substr hello 2 3
expr index hello l
expr 1 / 0
expr a + 1
expr 1 +
expr
expr 0
expr '' '|' b
expr ( 1 + 2 ) '*' 3
expr 5 - -3
printf '%s\n' a b
printf '%d %s\n' 1 x 2 y
printf '%5s|%-5s|%05d\n' a b 3
printf '%x %o %X %e %g\n' 255 8 255 1.5 0.0001
printf 'a\tb\\n\x41\101\n'
printf '%b' 'a\nb\n'
printf '%c' abc
printf '%%\n'
printf '%d\n' x
printf '%.2f\n' 3.14159
printf '%s'
printf '%q\n' 'a b'
printf '%*d\n' 5 42
echo a b
echo -n a
echo -e 'a\tb'
echo 'a\tb'
echo -E 'a\tb'
test 1 -eq 1
test a = b
test -f lines.txt
test -d lines.txt
test -L l
test -e dangling
test ! -e nox
test 1 -lt 2 -a 2 -lt 1
test -z ''
test -n ''
test a -eq 1
test -s empty
test lines.txt -ef l
test x
test
[ 1 -eq 1 ]
[ 1 -eq 1
true x
false
md5sum lines.txt
sha1sum lines.txt
sha256sum lines.txt noeol
sha512sum empty
sha256sum nox
sha256sum d
sha256sum --tag lines.txt
sha256sum <<< abc\n
md5sum lines.txt --check
cksum lines.txt
base64 lines.txt
base64 -w 10 lines.txt
base64 -d <<< aGVsbG8K\n
base64 -d <<< !!!\n
base32 lines.txt
od lines.txt
od -c noeol
od -An -tx1 noeol
od -x noeol
od -An -c lines.txt
od -A d -t u1 noeol
od -N 4 -j 2 -c lines.txt
xxd lines.txt
xxd -p lines.txt
xxd -l 8 -s 2 lines.txt
xxd -r -p <<< 68690a\n
xxd -c 8 binary
hexdump -C noeol
hexdump noeol
strings binary
strings -n 10 binary
split -l 2 lines.txt
split -b 10 lines.txt part.
split -l 2 -d lines.txt p
dd if=lines.txt of=out bs=4 count=2 status=none
dd if=lines.txt bs=6 skip=1 count=1 status=none
dd if=/dev/zero of=out bs=1k count=2 status=none
dd if=lines.txt of=noeol conv=notrunc bs=1 count=1 seek=1 status=none
dd if=nox
dd foo=1
dd if=lines.txt conv=ucase status=none
truncate -s 3 lines.txt
truncate -s 10 noeol
truncate -s +2 noeol
truncate -s 1K empty
truncate lines.txt
install lines.txt new
install -m 600 lines.txt new
install -d a/b
install -D lines.txt a/b/c
install nox y
cmp lines.txt lines.txt
cmp lines.txt noeol
cmp lines.txt nox
cmp -s lines.txt noeol
cmp noeol empty
diff lines.txt lines.txt
diff lines.txt words.txt
diff -q lines.txt words.txt
diff lines.txt nox
diff -r d d
diff noeol lines.txt
diff -u --label a --label b lines.txt noeol
diff -i words.txt words.txt
diff -B empty noeol
xargs echo <<< a b\nc\n
xargs -n 2 echo <<< a b c\n
xargs -I {} echo [{}] <<< a b\nc\n
xargs -0 echo <<< a\x00b c\x00
xargs <<< a 'b c' "d e"\n
xargs nox <<< a\n
xargs -r echo <<< \n
xargs echo <<< 
xargs false <<< a\n
xargs -t echo <<< a\n
yes n --help
env -i B=2 env
env nox
env -u A env --help
printenv A
printenv NOX
id -u
id -un
id nox
whoami
date -u -d @0
date -d 2024-02-29 +%F
date -d '2024-01-31 10:20:30' '+%Y/%m/%d %H-%M-%S %j %a %b %e'
date -d foo
date -d @1700000000 +%s
date -u -d '2024-01-01 12:00' -R
date -d '2024-01-01' -I
date -d '2024-01-31 + 1 month' +%F
date -d '1 Jan 2020' +%F
date -d 'Jan 5 2021 3:04' +%F_%T
sleep 0
sleep x
sleep
nproc --help
timeout 5 echo hi
timeout 5 false
timeout 5 nox
nohup echo hi
nice echo hi
gzip lines.txt ;; gunzip lines.txt.gz
gzip -k lines.txt ;; zcat lines.txt.gz
gzip nox
gzip d
gunzip lines.txt
gunzip nox
gzip -c lines.txt ;; gzip -t nox
bzip2 lines.txt ;; bunzip2 lines.txt.bz2
xz lines.txt ;; unxz lines.txt.xz
gzip -v empty
tar cf a.tar d ;; tar tf a.tar
tar czf a.tgz lines.txt d ;; rm -r d lines.txt ;; tar xzf a.tgz
tar cvf a.tar d/sub
tar xf nox
tar xf lines.txt
tar cf a.tar nox
tar cf a.tar
tar
tar -C d -cf a.tar x ;; tar -tf a.tar
tar cf a.tar d l ;; mkdir o ;; tar xf a.tar -C o --strip-components=1
tar cf a.tar d ;; mkdir o ;; tar xvf a.tar -C o d/x
tar cf a.tar --exclude=sub d ;; tar tf a.tar
tar cf a.tar d ;; tar xf a.tar nox
tar rf a.tar d/x ;; tar tf a.tar
mktemp -u XX
mktemp fooX
shuf -n 0 lines.txt
shuf -e -n 0 a
nl -b t words.txt
join lines.txt lines.txt
join -a 1 lines.txt words.txt
numfmt --to=iec 2048
tsort <<< a b\nb c\n
factor 12
column -t lines.txt
which cat nox
pathchk a
kill -l 9
kill -l TERM
unlink lines.txt
unlink nox
link lines.txt hard
sync
hostname --help
arch --help
tty
logname
locale
getent passwd root
getent passwd nox
getent group root
getent foo
""".split("\n")
    if line
]
