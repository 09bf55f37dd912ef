/** Reads PostgreSQL's text form of an array: `{1,NULL,"a b",{…}}`. Elements are strings or null. undefined for what isn't one. */
export function parsePgArray(text: string): unknown[] | undefined {
  const reader = { text: text.replace(/^\[[^=]*\]=/, ""), at: 0 };
  const array = readArray(reader);
  return array !== undefined && reader.at === reader.text.length ? array : undefined;
}

interface Reader {
  readonly text: string;
  at: number;
}

function readArray(reader: Reader): unknown[] | undefined {
  if (reader.text[reader.at] !== "{") return undefined;
  reader.at++;
  const elements: unknown[] = [];
  if (reader.text[reader.at] === "}") {
    reader.at++;
    return elements;
  }
  for (;;) {
    const element = reader.text[reader.at] === "{" ? readArray(reader) : readElement(reader);
    if (element === undefined) return undefined;
    elements.push(element);
    const next = reader.text[reader.at++];
    if (next === "}") return elements;
    if (next !== ",") return undefined;
  }
}

function readElement(reader: Reader): string | null | undefined {
  const quoted = /"((?:[^"\\]|\\[^])*)"/y;
  quoted.lastIndex = reader.at;
  const inQuotes = quoted.exec(reader.text);
  if (inQuotes !== null) {
    reader.at = quoted.lastIndex;
    return (inQuotes[1] ?? "").replace(/\\([^])/g, "$1");
  }
  const bare = /[^,{}"\\]+/y;
  bare.lastIndex = reader.at;
  const plain = bare.exec(reader.text);
  if (plain === null) return undefined;
  reader.at = bare.lastIndex;
  return /^null$/i.test(plain[0]) ? null : plain[0].trim();
}
