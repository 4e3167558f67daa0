# Says how a command stands: "runs", "ended STATUS" with what it wrote, or "gone".
dir=$base/$unit
n=0
while [ ! -e "$dir/status" ]; do
	case $(systemctl is-active "$unit" 2>/dev/null) in
	active | activating | deactivating) ;;
	*)
		[ -e "$dir/status" ] && break # it ended between the two questions
		echo gone
		exit 0
		;;
	esac
	n=$((n + 1))
	if [ $n -ge 40 ]; then
		echo runs
		exit 0
	fi
	sleep 0.5
done
echo "ended $(cat "$dir/status")"
tail -c 1000000 "$dir/out"
printf '\036\n'
tail -c 100000 "$dir/err"
