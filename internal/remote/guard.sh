# Runs the script $1 in a process group of its own and says which on standard
# error. While $2 is empty, standard input says whether anyone still waits: when
# it ends, because the command was given up or the connection is gone, the group
# is killed. With $2 the script reads it instead.
trap '' INT QUIT
exec 3<&0 </dev/null
own=setsid minus=-
command -v setsid >/dev/null 2>&1 || own= minus=
if [ -n "$2" ]; then
	$own /bin/sh -c "$1" <&3 3<&- &
else
	$own /bin/sh -c "$1" </dev/null 3<&- &
fi
child=$!
echo "fixline-group $minus$child" >&2
guard=
if [ -z "$2" ]; then
	(
		read -r _ <&3
		trap '' TERM
		kill -s TERM -- "$minus$child"
		sleep 2
		kill -s KILL -- "$minus$child"
	) >/dev/null 2>&1 &
	guard=$!
fi
exec 3<&-
wait "$child"
status=$?
[ -z "$guard" ] || kill "$guard" 2>/dev/null
exit "$status"
