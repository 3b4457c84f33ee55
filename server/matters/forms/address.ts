import type { Address, Lang, Question } from '../form-schema'
import { dashes } from './text'

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
  // Military and diplomatic post (APO, FPO, DPO).
  AA: 'Armed Forces Americas',
  AE: 'Armed Forces Europe',
  AP: 'Armed Forces Pacific',
}

/** As people shorten them besides, without dots and spaces. */
const shortStates: Record<string, string> = {
  ala: 'AL',
  ariz: 'AZ',
  ark: 'AR',
  calif: 'CA',
  cali: 'CA',
  colo: 'CO',
  conn: 'CT',
  del: 'DE',
  washingtondc: 'DC',
  fla: 'FL',
  ill: 'IL',
  ind: 'IN',
  kan: 'KS',
  mass: 'MA',
  mich: 'MI',
  minn: 'MN',
  miss: 'MS',
  mont: 'MT',
  neb: 'NE',
  nev: 'NV',
  okla: 'OK',
  ore: 'OR',
  penn: 'PA',
  penna: 'PA',
  tenn: 'TN',
  tex: 'TX',
  virginislands: 'VI',
  wash: 'WA',
  wis: 'WI',
  wisc: 'WI',
  wyo: 'WY',
}

/** "NY" from "ny", "N.Y.", "N Y" or "New York", "CA" from "Calif."; "N. Carolina" is North Carolina. */
export function normaliseState(raw: string): string | undefined {
  const bare = (text: string) => text.replace(/[\s.,]+/g, '').toLowerCase()
  const text = bare(
    raw.replace(
      /^\s*([NSW])\.?\s+(?=[A-Za-z]{3})/i,
      (_, one: string) => cardinal[one.toLowerCase()]!,
    ),
  )
  return (
    Object.keys(usStates).find(
      (code) => code.toLowerCase() === text || bare(usStates[code]!) === text,
    ) ?? shortStates[text]
  )
}
const cardinal: Record<string, string> = { n: 'north', s: 'south', w: 'west' }

const barePostcode = (raw: string) => raw.normalize('NFKC').replace(/\s+/g, '').replace(dashes, '-')

/** Five digits in Korea, in brackets or not; five, or nine as 12345-6789, in the US. */
export function normalisePostcode(raw: string, country: Address['country']): string | undefined {
  const text = barePostcode(raw)
  if (country === 'KR') return /^(?:우\)?|\()?(\d{5})\)?$/.exec(text)?.[1]
  if (/^\d{5}$/.test(text)) return text
  const nine = /^(\d{5})-?(\d{4})$/.exec(text)
  return nine ? `${nine[1]}-${nine[2]}` : undefined
}

/** Whether it is a Korean postcode of the six digits that there were until 2015. */
export function isOldPostcode(raw: string): boolean {
  return /^\d{3}-?\d{3}$/.test(barePostcode(raw))
}

/** On one line, as an envelope of that country has it. */
export function showAddress(address: Address, lang: Lang): string {
  const street = [address.line1, address.line2].filter(Boolean).join(', ')
  if (address.country === 'KR') {
    const { postcode } = address
    if (lang === 'ko') return postcode === undefined ? street : `(${postcode}) ${street}`
    return [street, postcode, 'Korea'].filter(Boolean).join(', ')
  }
  return `${street}, ${address.city}, ${address.state} ${address.postcode}`
}
