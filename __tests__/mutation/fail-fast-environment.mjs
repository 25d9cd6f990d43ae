import { TestEnvironment } from 'jest-environment-node';

/** Skips what is left of a test file after its first failure: one failed test is enough to know a mutant. */
export default class FailFastEnvironment extends TestEnvironment {
  #failed = false;

  handleTestEvent(event) {
    if (event.name === 'test_done' && event.test.errors.length > 0) this.#failed = true;
    if (event.name === 'test_start' && this.#failed) event.test.mode = 'skip';
  }
}
