/** A person's name for the browser behind a User-Agent header: "Firefox on Linux". */
export function deviceName(userAgent: string | null | undefined): string {
  const name = (known: readonly (readonly [pattern: RegExp, name: string])[]) =>
    known.find(([pattern]) => pattern.test(userAgent ?? ""))?.[1];
  const browser = name(browsers);
  const system = name(systems);
  if (!browser && !system) return "Unknown device";
  return [browser ?? "Another program", system].filter(Boolean).join(" on ");
}

// The order counts: Edge and Opera also call themselves Chrome, Chrome calls itself Safari,
// Android calls itself Linux, and an iPhone "like Mac OS X".
const browsers = [
  [/Edg(e|A|iOS)?\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/Chrom(e|ium)\/|CriOS\//, "Chrome"],
  [/Safari\//, "Safari"],
] as const;

const systems = [
  [/iPhone/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "Mac"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
] as const;
