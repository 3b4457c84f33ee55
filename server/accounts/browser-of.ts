// The first that fits: most browsers also name the ones they descend from.
const families = [
  ['Edge', /Edg(e|A|iOS)?\//],
  ['Whale', /Whale\//],
  ['Samsung Internet', /SamsungBrowser\//],
  ['Opera', /OPR\//],
  ['Firefox', /(Firefox|FxiOS)\//],
  ['Chrome', /(Headless)?(Chrome|CriOS)\//],
  ['Safari', /Safari\//],
] as const

const systems = [
  ['iPhone', /iPhone/],
  ['iPad', /iPad/],
  ['Android', /Android/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux/],
] as const

/** "Chrome, Windows": family and system of a browser and no more, or empty when it names neither. */
export function browserOf(userAgent: string | undefined): string {
  const find = (list: readonly (readonly [string, RegExp])[]) =>
    list.find(([, shape]) => shape.test(userAgent ?? ''))?.[0]
  return [find(families), find(systems)].filter((part) => part !== undefined).join(', ')
}
