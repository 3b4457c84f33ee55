/**
 * True for the configured name of the ledger and for those that `ledger:recover` opens after it: `name`,
 * `name/2`, `name/3` …
 */
export function isNameOf(origin: string, name: string): boolean {
  if (origin === name) return true
  return origin.startsWith(`${name}/`) && /^\d+$/.test(origin.slice(name.length + 1))
}

/** The next such name that was never signed under. */
export function nextName(name: string, used: ReadonlySet<string>): string {
  let next = name
  for (let count = 2; used.has(next); count++) next = `${name}/${count}`
  return next
}
