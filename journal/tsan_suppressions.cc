// ThreadSanitizer doesn't see the synchronisation inside Debian's libraries, which aren't instrumented. Linked into the journal's
// tests; does nothing without the sanitizer.

// The sanitizer looks for this name.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
  return "race:^rocksdb::\n"
         "race:BytewiseComparatorImpl\n"
         // Reference counts of an absl::Status that two threads hold.
         "race:absl::*::status_internal::\n"
         "race:absl::*::Status::\n";
}
// NOLINTEND(bugprone-reserved-identifier)
