export type Json = Record<string, unknown>

/** The object that a text holds, or null: what stands in a table may have been changed to anything. */
export function readJson(text: string | null): Json | null {
  if (text === null) return null
  try {
    const read: unknown = JSON.parse(text)
    return typeof read === 'object' && !Array.isArray(read) ? (read as Json | null) : null
  } catch {
    return null
  }
}
