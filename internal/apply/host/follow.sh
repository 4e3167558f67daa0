# Says how a command stands: "runs", "ended STATUS" with what it wrote, or "gone".
dir=$base/$unit
n=0
while [ ! -e "$dir/status" ]; do
	case $(systemctl is-active "$unit" 2>/dev/null) in
	inactive | failed | unknown)
		[ -e "$dir/status" ] && break # it ended between the two questions
		echo gone
		exit 0
		;;
	*) ;; # it runs, or systemd gives no answer now, which says nothing of it
	esac
	n=$((n + 1))
	if [ $n -ge 40 ]; then
		echo runs
		exit 0
	fi
	sleep 0.5
done
echo "ended $(cat "$dir/status")"
tail -c 1000000 "$dir/out" 2>/dev/null
printf '\036\n'
tail -c 100000 "$dir/err" 2>/dev/null || :
