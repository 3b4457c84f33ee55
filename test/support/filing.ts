import { csrfFrom, type Agent } from './app'

/** Answers to the test matter as a person types them, step by step. */
export const typedSteps: Record<string, Record<string, unknown>> = {
  eligibility: { member: 'yes' },
  'about-you': {
    full_name: '김 민준',
    email: 'minjun.kim@example.com',
    phone: '010 1234 5678',
    born: '19850304',
    home_country: 'KR',
    home_postcode: '05510',
    home_line1: '서울특별시 송파구 송파대로 570',
    home_line2: '101동 1203호',
  },
  'what-happened': { harm: ['spam', 'money'], loss: '35,000', story: '전화를 받았습니다.' },
  consents: { consent_collection: 'yes', consent_provision: 'yes', signature: '김민준' },
}

export const filePath = '/matters/test-breach/file'

/** Posts a form as a browser without JavaScript does: with the token of the page it stands on. */
export async function post(
  agent: Agent,
  path: string,
  fields: Record<string, unknown>,
  from: string = path,
) {
  const page = await agent.get(from).set('Accept', 'text/html')
  if (page.status !== 200) throw new Error(`${from} answered ${page.status}`)
  return agent
    .post(path)
    .type('form')
    .set('Accept', 'text/html')
    .send({ ...fields, _csrf: csrfFrom(page.text) })
}

/** Fills in steps up to and with `last`; `changes` replaces fields of a step. */
export async function fillSteps(
  agent: Agent,
  {
    last = 'consents',
    changes = {},
    base = filePath,
  }: {
    last?: string
    changes?: Record<string, Record<string, unknown>>
    base?: string
  } = {},
): Promise<void> {
  for (const [step, fields] of Object.entries(typedSteps)) {
    const answer = await post(agent, `${base}/${step}`, { ...fields, ...changes[step] })
    if (answer.status !== 303) throw new Error(`${step} answered ${answer.status}`)
    if (step === last) return
  }
}

/** Files a claim and gives its number as the page shows it. */
export async function fileClaim(
  agent: Agent,
  options: Parameters<typeof fillSteps>[1] = {},
): Promise<string> {
  await fillSteps(agent, options)
  const base = options.base ?? filePath
  const answer = await post(agent, `${base}/submit`, {}, `${base}/review`)
  if (answer.status !== 303) throw new Error(`submit answered ${answer.status}`)
  const page = await agent.get(answer.headers['location'] as string)
  return numberOn(page.text)
}

export function numberOn(html: string): string {
  const number = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}(?=<\/output>)/.exec(html)?.[0]
  if (number === undefined) throw new Error('the page shows no claim number')
  return number
}
