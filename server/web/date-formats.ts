// Browsers run this file too.
const formats = new Map<string, Intl.DateTimeFormat>()

/**
 * A format, made once: making one costs a hundred times its use, and a list shows a moment or two in each row,
 * a submit asks for the day several times, a batch writes thousands of stamps.
 */
export function dateFormat(
  locale: string,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`
  const known = formats.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat(locale, options)
  formats.set(key, made)
  return made
}
