import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { services } from '@twofold/scripts/services.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ComposeSystem, startCompose } from './compose.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const curlLines = [...readme.matchAll(/^curl .*$/gm)].map(([line]) => line)

describe('docker compose up', { timeout: 300_000 }, () => {
  let system: ComposeSystem
  beforeAll(async () => {
    system = await startCompose()
  }, 900_000)
  afterAll(() => system?.close(), 120_000)

  it.each(services.map(({ name }) => name))('runs %s as nobody in particular, on a root that it cannot write', async (service) => {
    const script = `console.log(process.getuid()); for (const folder of [require('os').tmpdir(), '/app']) require('fs').writeFileSync(folder + '/x', '')`
    const failure = await system.compose('exec', '-T', service, 'node', '-e', script).catch((error: unknown) => error)
    expect(failure).toMatchObject({ stdout: '10001\n', stderr: expect.stringMatching(/EROFS/) as string })
  })

  it('stops each service in order within ten seconds, under load, and nothing is lost', async () => {
    const load = system.compose('run', '--rm', '-T', 'simulate', '--rate', '50', '--duration', '45', '--ledger', '/data/sent.ndjson')
    await sleep(5_000)
    const exitCodes: Record<string, number> = {}
    for (const { name } of services) {
      // Docker kills what has not ended after ten seconds; that is exit code 137.
      await system.compose('stop', '--timeout', '10', name)
      exitCodes[name] = await system.exitCodeOf(name)
      await system.compose('up', '--detach', '--wait', '--no-deps', name)
    }
    expect(exitCodes).toEqual(Object.fromEntries(services.map(({ name }) => [name, 0])))
    await load
    expect(await system.compose('run', '--rm', '-T', 'verify', '--ledger', '/data/sent.ndjson', '--log')).toContain('0 differences')
  })

  it('lets no service start without keys that others could reach', async () => {
    const failure = await system.compose('run', '--rm', '-T', '--no-deps', '-e', 'PUBLISHED_AT=0.0.0.0:8080', 'ingest').catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 2, stderr: expect.stringMatching(/PUBLISHED_AT: others than this machine could come in/) as string })
  })

  // After the load: what curl posts is in nobody's ledger.
  it('answers each curl line of the README through one port', () => {
    expect(curlLines.length).toBeGreaterThan(3)
    const answers = curlLines.map((line) => {
      const command = line.replace('localhost:8080', system.url).replace(/ &? *#.*$/, '')
      // A stream goes on until its reader has had enough.
      const given = / -N /.test(line) ? `${command.replace(/^curl/, 'curl -sS --max-time 3')} || test $? = 28` : command.replace(/^curl/, 'curl -sS --fail-with-body')
      return execFileSync('sh', ['-c', given], { encoding: 'utf8', timeout: 60_000, stdio: ['ignore', 'pipe', 'ignore'] })
    })
    expect(answers[0]).toBe('{"id":"1"}')
    expect(answers.find((answer) => answer.includes('event: snapshot')), 'the stream').toBeDefined()
  })
})
