#!/bin/sh
# `make check-deep`: the Rust tests and the C programs under ThreadSanitizer, AddressSanitizer and valgrind.
#
# run.sh [thread] [address] [valgrind]: all three without an argument. ONLY=word runs the tests of that name. As root. docs/CHECKS.md says what each run
# proves and what it leaves out. Ends with a summary; any report of a tool is a failure.
set -eu

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
DEEP=${CARGO_TARGET_DIR:-$ROOT/target}/deep
HOST=x86_64-unknown-linux-gnu
LOGS=$DEEP/logs
# Nothing may go on for ever. The first time a run compiles for minutes; after that each takes about five.
LIMIT_S=2400
# Where a tool cannot follow: a limit of memory, because a sanitizer takes terabytes of addresses; the programs
# that c_programs.rs already runs with tools of its own; what is killed in the middle, which no tool can judge; and a
# mail of 4 MB that has ten seconds, which a tool's slowness uses up.
LEFT_OUT="--skip too_little_memory --skip with_sanitizers --skip under_valgrind --skip kill \
    --skip a_line_lost_before_the_final_dot"

cd "$ROOT"
[ "$(uname -m)" = x86_64 ] || { echo 'check-deep runs on x86_64 only' >&2; exit 1; }
mkdir -p "$LOGS"
sh tests/deep/setup.sh "$DEEP/rust"
cargo fetch --locked --target "$HOST" >/dev/null 2>&1 || cargo fetch --locked --target "$HOST" --offline

# Frames in reports, and code that is not too slow; the same C compiler for SQLite and ring as for the programs.
export CARGO_INCREMENTAL=0
C_FLAGS='-g -O1'
RUST_FLAGS='-Cdebuginfo=1 -Copt-level=1 -Cforce-frame-pointers'

under_threads() {
    export TILLMAIL_TEST_TOOL=thread
    export TILLMAIL_TEST_RUNTIME="$DEEP/rust/usr/lib/rustlib/$HOST/lib/librustc-stable_rt.tsan.a"
    export CARGO_TARGET_DIR="$DEEP/thread" RUSTC="$DEEP/rust/rustc" RUSTC_BOOTSTRAP=1
    export RUSTFLAGS="-Zsanitizer=thread $RUST_FLAGS"
    export CC_x86_64_unknown_linux_gnu=clang CFLAGS_x86_64_unknown_linux_gnu="-fsanitize=thread $C_FLAGS"
    export TSAN_OPTIONS="exitcode=66 die_after_fork=0 suppressions=$ROOT/tests/deep/thread.supp"
    # shellcheck disable=SC2086 # Several words.
    cargo test -Zbuild-std --target "$HOST" --locked --no-fail-fast --lib --test actions --test delivery \
        --test verify --test disk --test host --test c_programs -- ${ONLY:-} $LEFT_OUT
}

under_addresses() {
    export TILLMAIL_TEST_TOOL=address
    library=$(rustc +nightly --print sysroot)/lib/rustlib/$HOST/lib
    export TILLMAIL_TEST_RUNTIME="$library/librustc-nightly_rt.asan.a"
    export CARGO_TARGET_DIR="$DEEP/address"
    export RUSTFLAGS="-Zsanitizer=address $RUST_FLAGS"
    export CC_x86_64_unknown_linux_gnu=clang CFLAGS_x86_64_unknown_linux_gnu="-fsanitize=address $C_FLAGS"
    export ASAN_OPTIONS="exitcode=66 detect_stack_use_after_return=1 strict_string_checks=1"
    export LSAN_OPTIONS="exitcode=66 suppressions=$ROOT/tests/deep/leak.supp print_suppressions=0"
    # shellcheck disable=SC2086 # Several words.
    cargo +nightly test --target "$HOST" --locked --no-fail-fast --lib --test actions --test delivery \
        --test verify --test disk --test host --test c_programs -- ${ONLY:-} $LEFT_OUT
}

under_valgrind() {
    export TILLMAIL_TEST_TOOL=valgrind
    # shellcheck disable=SC2086 # Several words.
    cargo test --locked --no-fail-fast --test host --test c_programs -- ${ONLY:-} $LEFT_OUT
}

# The name of a run, and what it found; runs in a shell of its own, so that no setting reaches the next one.
one_run() {
    name=$1
    log=$LOGS/$name.log
    started=$(date +%s)
    echo "check-deep: $name, see $log"
    result=0
    timeout --kill-after=30 "$LIMIT_S" sh "$ROOT/tests/deep/run.sh" inside "$name" >"$log" 2>&1 || result=$?
    tests=$(sed -n 's/^test result: .* \([0-9]*\) passed; .*/\1/p' "$log" | awk '{ sum += $1 } END { print sum + 0 }')
    failed=$(grep -c '^test .* FAILED$' "$log" || true)
    reports=$(grep -cE 'WARNING: ThreadSanitizer|ERROR: (Address|Leak)Sanitizer|definitely lost|Invalid (read|write)|uninitialised' \
        "$log" || true)
    seconds=$(($(date +%s) - started))
    if [ "$result" -eq 0 ] && [ "$reports" -eq 0 ] && [ "$failed" -eq 0 ] && [ "$tests" -gt 0 ]; then
        verdict=green
    else
        verdict="RED (exit $result)"
        all_green=no
        grep -nE '^test .* FAILED$|Sanitizer|panicked|ended with|failed:' "$log" | head -n 20 || true
    fi
    summary="$summary
$(printf '%-9s %-14s %4d tests passed, %d failed, %d reports, %4d s' "$name" "$verdict" "$tests" "$failed" "$reports" "$seconds")"
}

if [ "${1:-}" = inside ]; then
    case $2 in
    thread) under_threads ;;
    address) under_addresses ;;
    valgrind) under_valgrind ;;
    esac
    exit
fi

all_green=yes
summary=
for run in ${*:-valgrind address thread}; do
    case $run in
    thread | address | valgrind) one_run "$run" ;;
    *) echo "run.sh [thread] [address] [valgrind], not $run" >&2; exit 2 ;;
    esac
done
echo "check-deep:$summary"
[ "$all_green" = yes ]
