# Begins a command apart from this connection, or leaves it be where it was begun
# already. Root reads and writes it; nobody else. The command is part of the
# script: of a standard input that is cut off nobody knows that it was.
umask 077
dir=$base/$unit
mkdir -p "$base" || exit
if ! mkdir "$dir" 2>/dev/null; then
	# The unit makes "out" first of all; one that has not got so far is active.
	if [ -e "$dir/begun" ] || [ -e "$dir/out" ]; then
		exit 0
	fi
	case $(systemctl is-active "$unit" 2>/dev/null) in
	active | activating) exit 0 ;;
	esac
	rm -rf "$dir" && mkdir "$dir" || exit # its beginning was cut off
fi
printf '%s\n' "$command" >"$dir/command" || exit
systemd-run --quiet --collect --unit="$unit" --setenv=HOME=/root --setenv=LC_ALL=C --setenv=DEBIAN_FRONTEND=noninteractive \
	--setenv=NEEDRESTART_SUSPEND=1 --setenv=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	/bin/sh -c '/bin/sh "$0/command" >"$0/out" 2>"$0/err" </dev/null; echo $? >"$0/status.partial"; mv "$0/status.partial" "$0/status"' "$dir" || {
	status=$?
	rm -rf "$dir"
	exit $status
}
: >"$dir/begun"
