// A typed name as pen strokes: the signature of those who cannot, or would rather not, draw.
//
// Each letter is a path on a grid: the line they stand on is y = 20, small letters reach up to 10, capitals to 1,
// tails down to 30. A small letter starts at (0, 20), or where the one before it ended, so that neighbours join; a capital
// stands alone. Width first, path after.

const SMALL = {
  a: [12, "C4 20 6 12 9 11 C5 9 3 13 3 16 C3 19 5 20 6 20 C8 20 9 16 9 11 C9 16 9 20 12 20"],
  b: [11, "C5 16 7 4 5 1 C3 0 2 8 2 17 C2 21 8 21 8 15 C8 11 5 12 5 14 C6 17 9 15 11 20"],
  c: [9, "C3 20 6 12 8 11 C5 9 2 12 2 16 C2 20 6 21 9 20"],
  d: [12, "C4 20 6 12 9 11 C5 9 3 13 3 16 C3 19 5 20 6 20 C8 20 10 10 10 1 C9 10 9 20 12 20"],
  e: [9, "C3 19 7 16 7 13 C7 10 3 10 3 15 C3 20 6 21 9 20"],
  f: [8, "C4 18 8 4 6 1 C4 -1 3 6 3 14 C3 22 2 30 4 30 C6 30 6 22 4 20 C5 20 7 20 8 20"],
  g: [11, "C4 20 6 12 9 11 C5 9 3 13 3 16 C3 19 5 20 6 19 C8 18 9 14 9 11 C9 18 9 30 5 30 C2 30 4 24 11 20"],
  h: [12, "C5 16 7 4 5 1 C3 0 3 12 3 20 C3 15 5 11 7 11 C9 11 9 14 9 17 C9 19 10 20 12 20"],
  i: [6, "C2 18 3 14 3 11 C3 16 3 20 6 20 M3.5 6 L3.8 6.4"],
  j: [6, "C2 18 4 14 4 11 C4 18 4 30 1 30 C-2 30 0 24 6 20 M4.5 6 L4.8 6.4"],
  k: [11, "C5 16 7 4 5 1 C3 0 3 12 3 20 C3 15 5 11 7 11 C9 11 8 15 4 15 C7 16 8 20 11 20"],
  l: [7, "C4 17 7 5 5 1 C3 -1 2 10 3 16 C3 19 5 20 7 20"],
  m: [16, "C2 18 2 14 2 11 L2 20 C2 15 4 11 6 11 C8 11 8 14 8 20 C8 15 10 11 12 11 C14 11 14 14 14 17 C14 19 15 20 16 20"],
  n: [12, "C2 18 2 14 2 11 L2 20 C3 15 5 11 7 11 C9 11 9 14 9 17 C9 19 10 20 12 20"],
  o: [10, "C3 18 4 13 6 11 C2 11 1 20 5 20 C9 20 9 11 6 11 C7 13 8 13 10 13"],
  p: [11, "C2 18 3 14 3 11 L3 30 C3 20 3 11 6 11 C10 11 10 20 6 20 C8 20 10 20 11 20"],
  q: [11, "C4 20 6 12 9 11 C5 9 3 13 3 16 C3 19 5 20 6 19 C8 18 9 14 9 11 L9 28 C9 31 12 26 11 20"],
  r: [8, "C2 18 2 12 3 10 C4 13 6 11 7 12 C5 15 5 20 8 20"],
  s: [8, "C3 19 5 13 5 10 C6 14 9 20 4 20 C3 20 2 19 2 19 C4 20 6 20 8 20"],
  t: [7, "C3 17 4 8 4 4 C3 10 3 20 5 20 L7 20 M1 9 L7 8.5"],
  u: [12, "C2 18 2 14 2 11 C2 16 2 20 5 20 C8 20 9 15 9 11 C9 16 9 20 12 20"],
  v: [10, "C2 18 1 13 2 11 C3 14 4 18 5 20 C7 17 8 13 8 11 C8 14 9 18 10 20"],
  w: [14, "C2 18 1 13 2 11 C2 16 3 20 5 20 C7 19 7 15 7 12 C7 16 8 20 10 20 C12 19 12 14 12 11 C12 14 13 18 14 20"],
  x: [10, "C2 17 2 11 4 11 C6 12 5 20 8 20 L10 20 M8 11 L2 20"],
  y: [11, "C2 18 2 14 2 11 C2 16 2 20 5 19 C8 18 9 15 9 11 C9 18 9 30 5 30 C2 30 4 24 11 20"],
  z: [10, "C2 16 2 11 4 11 C6 11 8 12 3 20 C6 19 8 24 5 29 C2 31 2 24 10 20"],
};

const CAPITALS = {
  A: [12, "M0 20 C4 16 7 6 9 1 C9 8 9 15 11 20 M3 13 L10 12"],
  B: [12, "M3 1 L2 20 M0 4 C5 -1 11 0 10 5 C9 9 5 10 4 10 C11 9 12 18 7 20 C4 21 2 20 1 18"],
  C: [12, "M11 4 C9 -1 2 2 1 11 C0 20 7 22 12 17"],
  D: [13, "M4 1 L3 20 M1 3 C8 -1 14 4 12 12 C11 19 5 21 1 19"],
  E: [11, "M10 3 C7 -1 2 2 4 7 C5 9 7 9 8 9 C2 9 0 15 3 19 C5 21 9 20 11 16"],
  F: [11, "M1 3 C4 0 8 3 12 1 M6 2 C5 8 5 15 3 19 C2 20 0 20 0 18 M2 10 L9 9"],
  G: [13, "M11 4 C9 -1 2 2 1 11 C0 19 8 21 11 12 L7 12 M11 12 C11 17 11 24 6 25"],
  H: [13, "M3 1 C3 8 2 14 1 20 M12 1 C11 8 11 15 12 20 M2 11 L12 10"],
  I: [7, "M1 2 C3 1 5 1 7 1 M4 1 C4 8 3 14 2 19 M0 20 L6 19"],
  J: [9, "M2 2 C5 1 7 1 9 1 M7 1 C7 10 7 20 3 21 C1 21 0 19 1 17"],
  K: [13, "M3 1 C3 8 2 14 1 20 M12 1 C8 6 5 9 3 10 C7 12 9 18 13 20"],
  L: [11, "M7 2 C6 -1 2 2 3 8 C3 13 3 18 0 20 C4 17 7 21 11 18"],
  M: [15, "M0 20 C2 14 3 7 4 1 C5 8 6 14 8 19 C10 13 11 7 13 1 C13 8 13 15 15 20"],
  N: [14, "M0 20 C2 14 3 7 3 1 C6 8 8 14 11 20 C11 13 12 7 13 1"],
  O: [13, "M7 1 C1 1 -1 19 5 20 C12 21 14 2 7 1 C8 4 11 4 13 3"],
  P: [12, "M4 1 C4 8 3 14 2 20 M1 4 C5 -1 12 0 11 6 C10 11 5 11 4 10"],
  Q: [14, "M7 1 C1 1 -1 19 5 20 C12 21 14 2 7 1 M6 15 C9 17 11 20 14 21"],
  R: [13, "M4 1 C4 8 3 14 2 20 M1 4 C5 -1 12 0 11 6 C10 10 6 11 4 10 C7 12 9 18 13 20"],
  S: [11, "M10 4 C8 -1 2 1 3 6 C4 10 10 11 9 16 C8 21 1 21 0 17"],
  T: [11, "M0 3 C4 0 8 3 13 1 M7 2 C6 8 6 15 5 20"],
  U: [13, "M1 2 C3 0 3 4 2 9 C1 16 3 20 6 20 C10 20 11 10 11 2 C11 10 11 18 13 20"],
  V: [12, "M1 2 C3 1 3 8 5 20 C7 14 9 7 12 1"],
  W: [17, "M1 2 C3 1 2 10 4 20 C6 14 8 8 9 4 C9 10 10 15 11 20 C13 14 15 7 17 1"],
  X: [13, "M2 2 C5 1 7 20 12 20 M12 1 C8 7 4 14 0 20"],
  Y: [12, "M1 2 C2 8 4 12 7 10 M11 1 C10 10 8 20 3 25 C1 26 0 24 1 22"],
  Z: [12, "M1 3 C4 0 8 3 12 1 C8 8 4 14 0 20 C4 17 8 21 12 18"],
};

const OTHERS = {
  " ": [6, ""],
  "-": [8, "M1 15 L7 14.5"],
  ".": [4, "M1.5 19.5 L2 20"],
  "'": [4, "M2 2 L1.5 6"],
  "’": [4, "M2 2 L1.5 6"],
};

// Signs above and below letters, around (0, 0).
const MARKS = {
  "\u0300": "M-2 -2 L1 0", "\u0301": "M-1 0 L2 -2", "\u0302": "M-2 0 L0 -2 L2 0", "\u0303": "M-3 0 C-1 -3 1 1 3 -2",
  "\u0308": "M-2 -1 L-1.7 -0.7 M2 -1 L2.3 -0.7", "\u030a": "M0 -2 C-2 -2 -2 1 0 1 C2 1 2 -2 0 -2",
  "\u030c": "M-2 -2 L0 0 L2 -2", "\u0327": "M0 14 C2 16 0 18 -2 17",
};

// A letter that we have no strokes for becomes a wave, the same one for the same letter.
const wave = (character) => {
  const height = 8 + (character.codePointAt(0) % 7);
  return [11, `C2 ${height} 3 ${height} 4 17 C5 22 7 ${height + 2} 8 ${height + 3} C9 ${height + 5} 9 19 11 20`];
};

const SLANT = 0.28;

/** The path of a name written within `width` by `height`, or "" for a name of nothing but spaces. */
export function written(name, width, height) {
  const strokes = [];
  let x = 0;
  let middle = 0;
  let pen = false; // whether the pen is on the paper at (x, 20)
  for (const character of name.trim().normalize("NFD").slice(0, 60)) {
    if (MARKS[character]) {
      const capital = strokes.at(-1)?.capital;
      strokes.push({ path: MARKS[character], x: middle + 1, y: capital ? -2 : 7, capital });
      pen = false;
      continue;
    }
    const small = SMALL[character];
    const [advance, path] = small ?? CAPITALS[character] ?? OTHERS[character] ?? wave(character);
    const joined = !path.startsWith("M") && path !== "";
    strokes.push({ path: joined && !pen ? `M0 20 ${path}` : path, x, y: 0, capital: character in CAPITALS });
    pen = joined && !path.includes("M");
    middle = x + advance / 2;
    x += advance + (joined ? 0 : 1.5);
  }
  if (x === 0) return "";
  const scale = Math.min((width * 0.86) / (x + 8), (height * 0.62) / 32);
  const left = (width - (x + 4) * scale) / 2;
  const top = height / 2 - 16 * scale;
  const placed = ({ path, x: dx, y: dy }) =>
    path.replace(/(-?[\d.]+) (-?[\d.]+)/g, (_, px, py) => {
      const y = Number(py) + dy;
      const slanted = Number(px) + dx + (20 - y) * SLANT;
      return `${round(left + slanted * scale)} ${round(top + y * scale)}`;
    });
  return strokes.filter(({ path }) => path).map(placed).join(" ");
}

const round = (number) => Math.round(number * 10) / 10;
