import type { Address, Lang, Question } from '../form-schema'

type AddressQuestion = Extract<Question, { type: 'address' }>
export type AddressPart = Exclude<keyof Address, 'country'>

const partsOf: Record<Address['country'], AddressPart[]> = {
  KR: ['postcode', 'line1', 'line2'],
  US: ['line1', 'line2', 'city', 'state', 'postcode'],
}

/**
 * The HTML fields of an address in one country: `<id>_line1` and so on. Where a form takes both
 * countries, both shapes stand on the page, and the American fields are `<id>_us_line1`.
 */
export function addressFields(
  question: AddressQuestion,
  country: Address['country'],
): { part: AddressPart; name: string }[] {
  const prefix = question.countries.length > 1 && country === 'US' ? 'us_' : ''
  return partsOf[country].map((part) => ({ part, name: `${question.id}_${prefix}${part}` }))
}

/** Code points a line or city may have. */
export const longestAddressLine = 200

export const usStates: Record<string, string> = {
  AL: 'Alabama',
  AK: 'Alaska',
  AZ: 'Arizona',
  AR: 'Arkansas',
  CA: 'California',
  CO: 'Colorado',
  CT: 'Connecticut',
  DE: 'Delaware',
  DC: 'District of Columbia',
  FL: 'Florida',
  GA: 'Georgia',
  HI: 'Hawaii',
  ID: 'Idaho',
  IL: 'Illinois',
  IN: 'Indiana',
  IA: 'Iowa',
  KS: 'Kansas',
  KY: 'Kentucky',
  LA: 'Louisiana',
  ME: 'Maine',
  MD: 'Maryland',
  MA: 'Massachusetts',
  MI: 'Michigan',
  MN: 'Minnesota',
  MS: 'Mississippi',
  MO: 'Missouri',
  MT: 'Montana',
  NE: 'Nebraska',
  NV: 'Nevada',
  NH: 'New Hampshire',
  NJ: 'New Jersey',
  NM: 'New Mexico',
  NY: 'New York',
  NC: 'North Carolina',
  ND: 'North Dakota',
  OH: 'Ohio',
  OK: 'Oklahoma',
  OR: 'Oregon',
  PA: 'Pennsylvania',
  RI: 'Rhode Island',
  SC: 'South Carolina',
  SD: 'South Dakota',
  TN: 'Tennessee',
  TX: 'Texas',
  UT: 'Utah',
  VT: 'Vermont',
  VA: 'Virginia',
  WA: 'Washington',
  WV: 'West Virginia',
  WI: 'Wisconsin',
  WY: 'Wyoming',
  AS: 'American Samoa',
  GU: 'Guam',
  MP: 'Northern Mariana Islands',
  PR: 'Puerto Rico',
  VI: 'U.S. Virgin Islands',
}

/** "NY" from "ny", "N.Y." or "New York". */
export function normaliseState(raw: string): string | undefined {
  const text = raw.replaceAll('.', '').trim().toLowerCase()
  return Object.keys(usStates).find(
    (code) => code.toLowerCase() === text || usStates[code]!.toLowerCase() === text,
  )
}

/** Five digits in Korea; five, or nine as 12345-6789, in the US. */
export function normalisePostcode(raw: string, country: Address['country']): string | undefined {
  const text = raw.normalize('NFKC').replace(/\s+/g, '')
  if (/^\d{5}$/.test(text)) return text
  const nine = /^(\d{5})-?(\d{4})$/.exec(text)
  return country === 'US' && nine ? `${nine[1]}-${nine[2]}` : undefined
}

/** On one line, as an envelope of that country has it. */
export function showAddress(address: Address, lang: Lang): string {
  const street = [address.line1, address.line2].filter(Boolean).join(', ')
  if (address.country === 'KR') {
    return lang === 'ko'
      ? `(${address.postcode}) ${street}`
      : `${street}, ${address.postcode}, Korea`
  }
  return `${street}, ${address.city}, ${address.state} ${address.postcode}`
}
