import canonicalize from 'canonicalize'

/** RFC 8785 JSON of a value that JSON can hold: the same bytes wherever it is hashed or authenticated. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('This value has no JSON form.')
  return text
}
