import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { reachRedis } from '../../jobs/reach-redis'
import { ConfigError } from '../../server/config'
import { freePort } from '../support/ports'

test('a Redis that does not answer is named, and its password is not', async () => {
  const port = await freePort()
  const reach = reachRedis(`redis://me:hunter2@127.0.0.1:${port}`, 5_000)
  await expect(reach).rejects.toThrow(ConfigError)
  await expect(reach).rejects.toThrow(
    `Redis does not answer at 127.0.0.1:${port} (REDIS_URL; ECONNREFUSED); is it running?`,
  )
})

test('a Redis that answers with a refusal is quoted, and one that is silent is not waited for', async () => {
  const answers = ['-WRONGPASS invalid username-password pair or user is disabled.\r\n', '']
  for (const [index, sentence] of [/WRONGPASS/, /does not answer/].entries()) {
    const server = createServer((socket) => {
      socket.on('data', () => socket.write(answers[index]!)).on('error', () => undefined)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    try {
      await expect(reachRedis(`redis://x@127.0.0.1:${port}`, 300)).rejects.toThrow(sentence)
    } finally {
      server.close()
    }
  }
})
