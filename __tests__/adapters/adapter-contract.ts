import { describe } from '@jest/globals';
import { callerAbort } from './contract/abort.ts';
import { tokenAttachment } from './contract/attachment.ts';
import { manyRejections } from './contract/herd.ts';
import type { HostTraits, MakeClient } from './contract/host.ts';
import { tokenOrigins } from './contract/origins.ts';
import { otherAnswers } from './contract/other-answers.ts';
import { whatIsPrinted } from './contract/printing.ts';
import { redirects } from './contract/redirects.ts';
import { tokenRejection } from './contract/rejection.ts';
import { ContractRig } from './contract/rig.ts';
import { KEEPS } from './contract/rule-names.ts';
import { streams } from './contract/streams.ts';
import { tokenFailure } from './contract/token-failure.ts';

/**
 * What every adapter keeps, against real servers and a real provider. Registers the tests; to be called at the top of
 * a test file.
 *
 * @param name of the host
 */
export function adapterContract(name: string, makeClient: MakeClient, traits: HostTraits): void {
  describe(`${name} ${KEEPS}`, () => {
    const contract = { rig: new ContractRig(makeClient), makeClient, traits };
    tokenAttachment(contract);
    tokenRejection(contract);
    manyRejections(contract);
    otherAnswers(contract);
    callerAbort(contract);
    tokenFailure(contract);
    tokenOrigins(contract);
    redirects(contract);
    streams(contract);
    whatIsPrinted(contract);
  });
}
