#### all
cat > f <<E
a
E
cat f; echo "${x:-`echo bq`}" "${y-$(echo "q w")}"
#### all
x="a  b"; echo ${x+"$x"} ${x+$x}
#### all
f() { local a=1 b; b=$a; echo $a$b; }; f
#### all
echo "a
b" | while IFS= read -r l; do echo "[$l]"; done
#### all
a=1; (a=2; echo $a); echo $a; { a=3; }; echo $a
#### all
x=$(cat <<EOF
hi
EOF
); echo "$x"
#### all
for f in *.nope; do [ -e "$f" ] || continue; echo $f; done; echo done
#### all
cmd="echo a b"; $cmd; "$cmd"; echo $?
#### all
printf "%s\n" "${PATH%%:*}"; echo ${0##*/}
#### all
if [ ! -f /nosuch ] && [ "$x" != y ]; then echo ok; fi
#### all
set -eux; echo hi; x=1; [ $x = 1 ]; echo "done"
#### all
apt_get() { echo "$#:$*"; }; apt_get install \
  a \
  b && echo next
#### all
export A=1 B=2 && env | grep "^[AB]=" | sort
#### all
echo ${FOO:=bar}; : "${BAZ:?must set}"
#### all
exec 3<<E
here
E
read x <&3; echo $x
#### all
trap "echo int" INT; kill -INT $$; echo after
#### all
trap "rm -f tmpf; echo cleaned" EXIT; touch tmpf; false || exit 2
#### all
a="x y"; set -- $a "$a"; echo $#; shift $#; echo $#
#### all
until [ -f flag ]; do touch flag; echo try; done
#### all
echo "1 2
3" | while read a b; do echo "$b-$a"; done
#### all
f() { case $1 in -h|--help) echo help; return 0;; -*) echo "bad $1" >&2; return 2;; esac; echo arg $1; }; f -h; f -x; echo $?; f y
#### all
i=0; while :; do i=$((i+1)); [ $i -gt 3 ] && break; [ $i = 2 ] && continue; echo $i; done
#### all
set -e
mkdir -p app/src
cd app
echo 'print(1)' > src/main.py
for f in src/*.py; do
  name=${f##*/}
  echo "${name%.py}"
done
ls src | grep -c py
#### all
savedPath=$PWD; cd /tmp && cd snippet && [ "$PWD" = "$savedPath" ] && echo same
#### all
if ! command -v nosuchtool > /dev/null 2>&1; then echo "missing"; fi
#### all
{ echo '#!/bin/sh'; echo 'set -e'; echo 'exec "$@"'; } > entry.sh; chmod +x entry.sh; ./entry.sh echo run "a b"
#### all
printf '#!/bin/sh\nset -e\nif [ "${1#-}" != "$1" ]; then\n  set -- server "$@"\nfi\necho "$@"\n' > e; chmod +x e; ./e -p 80; ./e other
#### all
version=1.2.3; major=${version%%.*}; rest=${version#*.}; minor=${rest%%.*}; echo $major $minor ${version##*.}
#### all
url=https://host.example/path/file.tar.gz; file=${url##*/}; echo $file ${file%.tar.gz} ${url#*://}
#### all
arch=x86_64; case "$arch" in x86_64|amd64) a=amd64;; aarch64) a=arm64;; *) echo "unsupported" >&2; exit 1;; esac; echo $a
#### all
arch=mips; case "$arch" in x86_64) a=amd64;; *) echo "unsupported $arch" >&2; exit 1;; esac; echo $a
#### all
usage() { cat <<EOF
Usage: ${0##*/} [-v] file
EOF
}; usage
#### all
die() { echo "error: $*" >&2; exit 1; }; [ -f nofile ] || die no file
#### all
count=0; for w in one two three; do count=$((count + ${#w})); done; echo $count
#### all
list="b c a"; for x in $list; do echo $x; done | sort | tr '\n' ' '; echo
#### all
echo "key=value" > conf; . ./conf; echo $key; while IFS== read -r k v; do echo "$k is $v"; done < conf
#### all
true && { echo yes; false; } || echo "also this"
#### all
test -n "$(ls)" && echo full || echo empty; touch x; test -n "$(ls)" && echo full
#### all
x=5; [ $x -gt 3 -a $x -lt 10 ] && echo between; [ $x -lt 3 ] || [ $x -gt 4 ] && echo outside
#### all
fn() { echo "args: $#"; for a; do echo "- $a"; done; }; fn "one two" three ''
#### all
echo start; (cd / && pwd); pwd; (exit 3) || echo "failed with $?"
#### all
a=a; b=b; eval "$a$b=joined"; echo $ab; eval echo \$$a$b
#### all
n=3; while [ $n -gt 0 ]; do printf '%s ' $n; n=$((n-1)); done; echo liftoff
#### all
echo "one two three" | cut -d' ' -f2; echo a:b:c | tr : '\n' | head -n 2 | tail -n 1
#### all
printf 'b 2\na 1\nc 3\n' | sort | while read n v; do echo "$v$n"; done
#### all
seq 1 3 | while read i; do echo $((i*i)); done
#### all
x='{"a": "b"}'; echo "$x" | sed 's/.*"a": "\([^"]*\)".*/\1/'
#### all
grep -q nothing /etc/passwd || echo absent; echo root | grep -q root && echo present
#### all
set -- --name=web --port 80 file; while [ $# -gt 0 ]; do case $1 in --name=*) echo name ${1#*=};; --port) shift; echo port $1;; *) echo rest $1;; esac; shift; done
#### all
f=/usr/local/lib/x.so.1; echo ${f%/*} ${f##*/} ${f%.so*} $(basename $f) $(dirname $f)
#### all
(umask 077; : > secret); ls -l secret | cut -c1-10; umask
#### all
echo "a b c" > words; read first rest < words; echo "$rest $first"
#### all
i=10; i=$((i%3)) && echo $i; [ "$((i+1))" -eq 2 ] && echo two
#### all
exec 2>&1; nosuchcmd --flag; echo $?
#### all
nosuchcmd | cat; echo $?; cat nofile 2>/dev/null | cat; echo $?
#### all
set -e; nosuchcmd || true; echo survived; (nosuchcmd); echo never
#### all
cd nodir && echo in || echo "not in"; cd nodir; echo $?
#### all
echo "PATH has $(echo $PATH | tr ':' '\n' | wc -l) parts"
#### all
a=1 b=2; echo $((a<b ? a : b)) $((a==1&&b==2)); : $((a+=5)); echo $a
#### all
if [ "$(printf '%s' abc | wc -c)" -eq 3 ]; then echo three; fi
#### all
x=; echo "${x:-$(printf default)}" "${x:+no}" ${x:-a}${x:-b}
#### all
readonly V=1 2>/dev/null; echo $V; (V=2) 2>/dev/null || echo kept
#### all
g() { return 1; }; if g; then echo t; else echo f; fi; g || echo or; ! g && echo not
#### all
{ sleep 0; echo slow; } & pid=$!; wait $pid; echo "done $?"
#### all
for i in 1 2 3; do [ $i = 2 ] && { echo skip; continue; }; echo $i; done
#### all
eval nosuch; eval "cd /nosuch"; eval "$(printf 'x=1\nnosuch2')"
#### all
printf 'echo x\nnosuch\ncd /nosuch\n' > lib; . ./lib; echo $?
#### dash ash
f() {
nosuch
cd /nosuch
}
f; echo $?
#### all
printf 'echo a\ncd /nosuch\nnosuch\necho ${x?err}\necho never\n' > s; chmod +x s; ./s; echo $?
#### all
echo a
cd /nosuch
nosuch
echo $?
#### all
trap 'nosuch' EXIT; echo before
#### all
x=$(nosuch); echo $?; `nosuch2`; echo $?
#### all
type true test printf; wait 12345; echo $?
#### all
unset -z; echo $?
#### all
umask -S zz; echo $?; hash nosuch; echo $?
#### all
test -z a b c d; echo $?
#### all
exec 9<nofile; echo x
#### all
: ${1abc}
#### all
for i in ${x?}; do :; done; echo no
#### all
kill; echo $?
#### all
set -o | head -3; set +o | head -2
#### bash
f() {
nosuch
cd /nosuch
}
f; echo $?
#### bash
set -euo pipefail; arr=(a b); for x in "${arr[@]}"; do echo "$x"; done; [[ ${#arr[@]} -eq 2 ]] && echo two
#### bash
if [[ "v1.2" =~ ^v([0-9]+)\.([0-9]+)$ ]]; then echo "${BASH_REMATCH[1]}-${BASH_REMATCH[2]}"; fi
#### bash
declare -A ports=([web]=80 [db]=5432); for k in web db; do echo "$k ${ports[$k]}"; done
#### bash
log() { echo "[$(printf '%s' "${FUNCNAME[1]}")] $*"; }; run() { log hi; }; run
#### bash
x=hello; echo "${x^}" "${x:0:1}" "${x//l/L}" "${#x}"; IFS=, read -r a b <<< "1,2"; echo $b$a
#### bash
shopt -s dotglob; touch .h v; echo *; mkdir {a,b}{1,2}; ls -d ??
#### bash
echo a
x=$((1+))
echo b
#### bash
echo $((1+))
echo ${x!}
readonly a=1; a=2; echo no
echo next
(echo ${x?}; echo n)
echo $?
f() { echo $((1/0)); echo nf; }
f; echo no
echo yes
