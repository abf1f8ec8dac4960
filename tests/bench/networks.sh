#!/bin/sh
# Exact inference on the networks of a folder, and the peers of this machine on the same
# questions in turn: medians of alternating runs, each in a process of its own.
#
#     networks.sh PROGRAM FOLDER [NAME]...
#
# PROGRAM is bench_networks, FOLDER holds NAME.bif or NAME.bif.gz (all of them unless names are
# given). May be set: PYTHON=python3, RUNG_ROUNDS=5, RUNG_LIMIT=60 (seconds and gigabytes / 10
# after which a peer is given up), RUNG_CPU=1 (time of the processor instead of the clock's, for
# machines that are busy with other things), RUNG_PEERS (which of them, "libdai pyagrum pgmpy"),
# LIBDAI (a folder with include/ and lib/ of libDAI).
set -u
program=$1
folder=$2
shift 2
here=$(dirname "$0")
python=${PYTHON:-python3}
rounds=${RUNG_ROUNDS:-5}
limit=${RUNG_LIMIT:-60}
if ! [ -d "$folder" ]; then
    echo "exact inference on networks: skipped (no folder $folder)"
    exit 0
fi
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

peers=
libdai() {
    [ -n "${LIBDAI:-}" ] && ${CXX:-c++} -O2 -w -I"$LIBDAI/include" -o "$dir/libdai" \
        "$here/peer_libdai.cpp" -L"$LIBDAI/lib" -ldai -lgmpxx -lgmp
}
for name in ${RUNG_PEERS-libdai pyagrum pgmpy}; do
    case $name in
    libdai) libdai ;;
    *) "$python" -c "import $name" >/dev/null 2>&1 ;;
    esac && peers="$peers $name"
done

# Who, which round, task, network and what a run printed; nothing for one that was given up.
measure() { # WHO ROUND TASK NETWORK COMMAND...
    who=$1 round=$2 task=$3 name=$4
    shift 4
    [ -e "$dir/off.$who.$task" ] && return
    began=$(date +%s)
    if figures=$(ulimit -v $((limit * 100000)); timeout "$limit" "$@" 2>/dev/null); then
        printf '%s\t%s\t%s\t%s\n' "$name" "$who" "$task" "$figures" >>"$dir/figures"
        # One long run is enough.
        [ $(($(date +%s) - began)) -lt 10 ] && return
    fi
    : >"$dir/off.$who.$task"
}

network() { # NAME FILE
    observed=$("$program" evidence "$2") || return
    "$program" uai "$2" >"$2.uai" || return
    rm -f "$dir"/off.*
    round=0
    while [ $((round += 1)) -le "$rounds" ]; do
        for task in all given one; do
            given=$observed asked=$task
            [ $task = all ] && given=
            [ $task = given ] && asked=all
            # shellcheck disable=SC2086
            measure rung $round $task "$1" "$program" $asked "$2" $given
            for peer in $peers; do
                run="$python $here/peer_$peer.py"
                [ $peer = libdai ] && run=$dir/libdai
                # shellcheck disable=SC2086
                measure $peer $round $task "$1" $run $asked "$2" $given
            done
        done
    done
}

echo "load: $(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null)"
for file in "$folder"/*.bif "$folder"/*.bif.gz; do
    [ -e "$file" ] || continue
    name=$(basename "$file" .gz)
    name=${name%.bif}
    case " ${*:-$name} " in *" $name "*) ;; *) continue ;; esac
    case $file in *.gz) gzip -dc "$file" ;; *) cat "$file" ;; esac >"$dir/$name.bif"
    network "$name" "$dir/$name.bif"
    rm "$dir/$name.bif" "$dir/$name.bif.uai"
done
awk -f "$here/networks.awk" "$dir/figures"
[ -n "$peers" ] || echo "no peer is installed (libdai, pyagrum, pgmpy)"
