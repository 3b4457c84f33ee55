/** A parsed form as the fields it was sent with, but for the token and those that begin with `except`. */
export function carriedFields(body: unknown, except: string): { name: string; value: string }[] {
  const walk = (name: string, value: unknown): { name: string; value: string }[] => {
    if (typeof value === 'string') return [{ name, value }]
    if (Array.isArray(value)) return value.flatMap((one) => walk(`${name}[]`, one))
    return Object.entries(value ?? {}).flatMap(([key, one]) => walk(`${name}[${key}]`, one))
  }
  return Object.entries((body ?? {}) as Record<string, unknown>)
    .filter(([name]) => name !== '_csrf' && !name.startsWith(except))
    .flatMap(([name, value]) => walk(name, value))
}
