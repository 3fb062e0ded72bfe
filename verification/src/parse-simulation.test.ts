import { describe, expect, it } from 'vitest'
import { parseSimulation } from './parse-simulation.ts'

const parse = (...args: readonly string[]) => parseSimulation(args, 'http://localhost:1', 42)

describe('the options of simulate', () => {
  it('have defaults', () => {
    expect(parse()).toMatchObject({ url: 'http://localhost:1', rate: 200, durationMs: 30_000, seed: 42, watch: false })
    expect(parse('--seed', '7', '--rate=0.5', '--ledger', 'x')).toMatchObject({ seed: 7, rate: 0.5, ledgerPath: 'x' })
    expect(parse('--help')).toBeNull()
  })

  it('have some for crowds, which are there when one is asked for', () => {
    expect(parse('--rooms', '3')).not.toHaveProperty('crowd')
    expect(parse('--crowd')!.crowd).toMatchObject({ liveUrl: 'http://localhost:1', subscribers: 100, settleMs: 20_000 })
    const crowd = parse('--crowd', '--live-url', 'http://b', '--rooms', '3', '--sockets', '0')!.crowd
    expect(crowd).toMatchObject({ liveUrl: 'http://b', rooms: 3, sockets: 0 })
  })

  it.each([
    [['--rate', 'fast'], '--rate must be a number'],
    [['--repeats', '2'], '--repeats must be a number from 0 to 1, not "2"'],
    [['--clients', '1.5'], '--clients must be a whole number'],
    [['--duration='], '--duration must be a number'],
    [['--crowd', '--rooms', '0'], '--rooms must be a whole number from 1'],
    [['--crowd', '--live-url', 'b'], '--live-url must begin with http'],
    [['--url', 'localhost'], '--url must begin with http'],
    [['--rat', '1'], "Unknown option '--rat'"],
    [['more'], 'Unexpected argument'],
  ])('say what is wrong with %j', (args, message) => {
    expect(() => parse(...args)).toThrow(message)
  })
})
