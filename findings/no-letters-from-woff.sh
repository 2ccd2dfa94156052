#!/usr/bin/env bash
# Guess: FreeType reads WOFF, so a folder of WOFF files that FONTCONFIG_FILE names gives sharp its letters as a folder of TTF files does.
# Really: every letter of an SVG's text becomes the same empty box, as if there were no font, and nothing warns of it; with TTF
# files of the same family the letters are there.
# Why bot authors care: charts are drawn as SVG and sent as PNG, images of containers have no fonts, and most fonts on npm come as WOFF
# and WOFF2 alone: the picture arrives, all of its words are boxes, and nothing in the log says so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit sharp@0.35.5 @fontsource/dejavu-sans@5.3.0 dejavu-fonts-ttf@2.37.3 >/dev/null
cat >run.mjs <<'JS'
import sharp from 'sharp';

const drawn = async (word) => {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><text y="30" font-size="24" font-family="DejaVu Sans">${word}</text></svg>`;
  const { data } = await sharp(Buffer.from(svg)).raw().toBuffer({ resolveWithObject: true });
  return data.toString('base64');
};
// Boxes are the same whatever the letters are.
console.log((await drawn('abc')) === (await drawn('xyz')) ? 'boxes' : 'letters');
JS
drawn_with() {
  printf '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>%s</dir><cachedir>%s/cache-%s</cachedir></fontconfig>\n' "$2" "$folder" "$1" >"fonts-$1.conf"
  FONTCONFIG_FILE="$folder/fonts-$1.conf" node run.mjs
}
woff=$(drawn_with woff "$folder/node_modules/@fontsource/dejavu-sans/files")
ttf=$(drawn_with ttf "$folder/node_modules/dejavu-fonts-ttf/ttf")
echo "sharp 0.35.5 draws $woff with WOFF and WOFF2 files of DejaVu Sans, $ttf with its TTF files"
[ "$woff" = boxes ] && [ "$ttf" = letters ]
# Seen 2026-11-29: boxes with WOFF and WOFF2 files, letters with TTF files.
