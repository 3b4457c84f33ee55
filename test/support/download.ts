import { csrfFrom, type Agent } from './app'

/** Presses the button of a page (`from`) that answers with a file, as a browser does; gives its bytes as `body`. */
export async function download(
  agent: Agent,
  path: string,
  from: string,
  fields: Record<string, unknown> = {},
): Promise<{ status: number; headers: Record<string, string>; body: Buffer }> {
  const page = await agent.get(from).set('Accept', 'text/html')
  const { status, headers, body } = await agent
    .post(path)
    .type('form')
    .buffer(true)
    .parse((res, done) => {
      const parts: Buffer[] = []
      res.on('data', (part: Buffer) => parts.push(part))
      res.on('end', () => done(null, Buffer.concat(parts)))
    })
    .send({ ...fields, _csrf: csrfFrom(page.text) })
  return { status, headers, body: body as Buffer }
}
