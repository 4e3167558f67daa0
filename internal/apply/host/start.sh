# Begins the command on standard input apart from this connection, or leaves it be
# where it was begun already. Root reads and writes it; nobody else.
umask 077
dir=$base/$unit
mkdir -p "$base" || exit
if ! mkdir "$dir" 2>/dev/null; then
	[ -e "$dir/begun" ] && exit 0
	rm -rf "$dir" && mkdir "$dir" || exit # its beginning was cut off
fi
cat >"$dir/command" || exit
systemd-run --quiet --collect --unit="$unit" --setenv=HOME=/root --setenv=LC_ALL=C --setenv=DEBIAN_FRONTEND=noninteractive \
	--setenv=NEEDRESTART_SUSPEND=1 --setenv=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	/bin/sh -c '/bin/sh "$0/command" >"$0/out" 2>"$0/err" </dev/null; echo $? >"$0/status.partial"; mv "$0/status.partial" "$0/status"' "$dir" || {
	status=$?
	rm -rf "$dir"
	exit $status
}
: >"$dir/begun"
