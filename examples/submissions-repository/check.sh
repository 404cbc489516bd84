#!/bin/sh
# Checks the bundles that changed since BASE, and writes the comment on a pull request.
#
#   ./check.sh [BASE] [REPOSITORY]      BASE: a commit, by default main; REPOSITORY: by default this folder
#
# Nothing of a submission is executed: bundles are read as data. COMMENT names the file that is written, ILBENCH
# the command that checks. Exit code 0: all are sound, or none changed; 1: there are problems.
set -eu

base=${1:-main}
repository=${2:-$(dirname "$0")}
comment=${COMMENT:-comment.md}
ilbench=${ILBENCH:-ilbench}
list=$(mktemp)
trap 'rm -f "$list"' EXIT

# One name a line; a name with a line end in it is quoted by git, and is no folder then.
git -C "$repository" diff --name-only "$base...HEAD" -- submissions | cut -d/ -f2 | sort -u > "$list"

set --
while IFS= read -r name; do
    if [ -d "$repository/submissions/$name" ] && [ ! -L "$repository/submissions/$name" ]; then
        set -- "$@" "$repository/submissions/$name"
    fi
done < "$list"

if [ "$#" -eq 0 ]; then
    echo "No bundle changed since $base." | tee "$comment"
    exit 0
fi

status=0
"$ilbench" leaderboard check --among "$repository/submissions" --format markdown --out "$comment" -- "$@" || status=$?
cat "$comment"
exit "$status"
