#!/bin/sh
# types_table.sh [--check]: writes the table of docs/types.md from tests/integration/type_table.inc, which the tests try row
# by row; with --check only says whether it is the same.
set -eu
cd "$(dirname "$0")/.."
page=docs/types.md
made=$(mktemp)
trap 'rm -f "$made"' EXIT

# The table is what stands behind the line of dashes, up to the next empty line.
perl -0777 -e '
    my ($source, $page) = @ARGV;
    my $read = sub { open my $in, "<", $_[0] or die "$_[0]: $!\n"; local $/; <$in> };
    my $string = qr/"((?:[^"\\]|\\.)*)"/;
    my $rows = "";
    my $rest = $read->($source);
    while ($rest =~ /^ROW\(\s*$string\s*,\s*$string\s*,\s*$string/mg) {
        $rows .= "| " . join(" | ", map { my $cell = $_; $cell =~ s/\\(.)/$1/g; $cell } $1, $2, $3) . " |\n";
    }
    $rows =~ s/  +/ /g;
    die "$source has no rows\n" if $rows eq "";
    my $text = $read->($page);
    $text =~ s/(\n\|---\|---\|---\|\n).*?\n(?=\n)/$1$rows/s or die "$page has no table\n";
    print $text;
' tests/integration/type_table.inc $page >"$made"

if [ "${1:-}" = --check ]; then
    diff -u $page "$made" || {
        echo "The table of $page is not the one that is tested: run tools/types_table.sh." >&2
        exit 1
    }
else
    cat "$made" >$page
fi
