/**
 * `text` if it is a path on this site, else `otherwise`. For `?next=`: anything a browser could read
 * as another host (`//evil`, `/\evil`, control characters that it strips first) is refused.
 */
export function localPath(text: unknown, otherwise = '/'): string {
  if (typeof text !== 'string' || text.length > 2000) return otherwise
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(text) || text.includes('\\')) return otherwise
  return text
}
