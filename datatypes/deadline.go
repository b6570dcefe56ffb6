package datatypes

// noteDeadline keeps the counts and the timetable when a key's deadline changes.
func (db *DB) noteDeadline(hash uint64, was, now int64) {
	if was == now {
		return
	}
	if was != NoDeadline {
		db.deadlines--
		db.deadlineSum.add(-was)
	}
	if now != NoDeadline {
		db.deadlines++
		db.deadlineSum.add(now)
	}
	db.expiring.note(hash, was, now)
}

// AppendExpired appends keys whose deadline has come at nowMs, having looked at no more than looks places of the index, and tells whether
// more are due. The caller holds the exclusive section and deletes each of them before it leaves; the keys are good until the next call, or
// that of AppendWithDueFields.
func (db *DB) AppendExpired(keys [][]byte, nowMs int64, looks int) (_ [][]byte, more bool) {
	return db.expiring.appendDue(db, keys, nowMs, looks)
}

// AppendWithDueFields is AppendExpired for keys that hold hashes in which a field is due. The caller takes out of each of them some of the
// fields that are due, or all.
func (db *DB) AppendWithDueFields(keys [][]byte, nowMs int64, looks int) (_ [][]byte, more bool) {
	return db.fieldsExpiring.appendDue(db, keys, nowMs, looks)
}

// FieldDeadlines counts the keys that hold hashes with fields that have deadlines.
func (db *DB) FieldDeadlines() int { return db.fieldsExpiring.count }

// NextDeadline is a time before which AppendExpired and AppendWithDueFields find nothing; false if nothing has a deadline.
func (db *DB) NextDeadline() (ms int64, ok bool) {
	ms, ok = db.expiring.next()
	if fieldMs, fields := db.fieldsExpiring.next(); fields && (!ok || fieldMs < ms) {
		return fieldMs, true
	}
	return ms, ok
}
