#include "storage/rows.h"

#include "storage/checksum.h"

namespace mergeq::storage {
namespace {

using soci::use;

long long number(std::uint64_t value) { return static_cast<long long>(value); }

}  // namespace

RowWriter::RowWriter(soci::session& session)
    : journal_((session.prepare << "INSERT INTO journal (queue, sequence, at, payload, checksum)"
                                   " VALUES (:queue, :sequence, :at, :payload, :checksum)",
                use(queue_, "queue"), use(sequence_, "sequence"), use(at_, "at"),
                use(text_, "payload"), use(checksum_, "checksum"))),
      snapshot_((session.prepare << "INSERT OR REPLACE INTO snapshots"
                                    " (queue, sequence, payload, checksum)"
                                    " VALUES (:queue, :sequence, :payload, :checksum)",
                 use(queue_, "queue"), use(sequence_, "sequence"), use(text_, "payload"),
                 use(checksum_, "checksum"))),
      old_snapshots_((session.prepare << "DELETE FROM snapshots WHERE queue = :queue AND sequence <"
                                         " (SELECT min(sequence) FROM (SELECT sequence FROM"
                                         " snapshots WHERE queue = :queue"
                                         " ORDER BY sequence DESC LIMIT 2))",
                      use(queue_, "queue"))),
      change_(
          (session.prepare << "INSERT OR REPLACE INTO changes (id, queue, ordinal, state,"
                              " author, number, head, terminal, document) VALUES (:id, :queue,"
                              " :ordinal, :state, :author, :number, :head, :terminal, :document)",
           use(id_, "id"), use(queue_, "queue"), use(sequence_, "ordinal"), use(state_, "state"),
           use(author_, "author"), use(number_, "number"), use(head_, "head"),
           use(terminal_, "terminal"), use(text_, "document"))),
      build_((session.prepare << "INSERT OR REPLACE INTO builds (id, queue, ordinal, state,"
                                 " commit_id, change_id, document) VALUES (:id, :queue, :ordinal,"
                                 " :state, :commit_id, :change_id, :document)",
              use(id_, "id"), use(queue_, "queue"), use(sequence_, "ordinal"), use(state_, "state"),
              use(head_, "commit_id"), use(key_, "change_id"), use(text_, "document"))),
      timeline_((session.prepare << "INSERT INTO timeline (change_id, queue, at, document)"
                                    " VALUES (:change_id, :queue, :at, :document)",
                 use(id_, "change_id"), use(queue_, "queue"), use(at_, "at"),
                 use(text_, "document"))),
      stream_((session.prepare << "INSERT INTO stream (id, queue, type, document)"
                                  " VALUES (:id, :queue, :type, :document)",
               use(sequence_, "id"), use(queue_, "queue"), use(state_, "type"),
               use(text_, "document"))),
      answer_((session.prepare << "INSERT OR REPLACE INTO answers (scope, key, fingerprint, answer,"
                                  " at) VALUES (:scope, :key, :fingerprint, :answer, :at)",
               use(id_, "scope"), use(key_, "key"), use(state_, "fingerprint"),
               use(text_, "answer"), use(at_, "at"))) {}

void RowWriter::put(const JournalRecord& record) {
  queue_ = record.queue;
  sequence_ = number(record.sequence);
  at_ = record.at.time_since_epoch().count();
  text_ = record.payload;
  checksum_ = checksum(record);
  journal_.execute(true);
}

void RowWriter::put(const Snapshot& snapshot) {
  queue_ = snapshot.queue;
  sequence_ = number(snapshot.sequence);
  text_ = snapshot.payload;
  checksum_ = checksum(snapshot);
  snapshot_.execute(true);
  old_snapshots_.execute(true);
}

void RowWriter::put(const ChangeRow& row) {
  id_ = row.id;
  queue_ = row.queue;
  sequence_ = number(row.ordinal);
  state_ = row.state;
  author_ = row.author;
  number_ = row.number;
  head_ = row.head;
  terminal_ = row.terminal ? 1 : 0;
  text_ = row.document;
  change_.execute(true);
}

void RowWriter::put(const BuildRow& row) {
  id_ = row.id;
  queue_ = row.queue;
  sequence_ = number(row.ordinal);
  state_ = row.state;
  head_ = row.commit;
  key_ = row.change;
  text_ = row.document;
  build_.execute(true);
}

void RowWriter::put(const TimelineRow& row) {
  id_ = row.change;
  queue_ = row.queue;
  at_ = row.at.time_since_epoch().count();
  text_ = row.document;
  timeline_.execute(true);
}

void RowWriter::put(const StreamRow& row) {
  sequence_ = number(row.id);
  queue_ = row.queue;
  state_ = row.type;
  text_ = row.document;
  stream_.execute(true);
}

void RowWriter::put(const RememberedAnswer& answer) {
  id_ = answer.scope;
  key_ = answer.key;
  state_ = answer.fingerprint;
  text_ = answer.answer;
  at_ = answer.at.time_since_epoch().count();
  answer_.execute(true);
}

}  // namespace mergeq::storage
