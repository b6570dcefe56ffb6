package rdb

import (
	"encoding/binary"
	"errors"
)

// dumpFooter is what a payload of DUMP ends with: the version, and a checksum of all before it.
const dumpFooter = 2 + bytesOfCRC

// The reasons to refuse a payload.
var (
	ErrDumpVersion  = errors.New("the payload is of a version that can't be read here")
	ErrDumpChecksum = errors.New("the payload is too short, or its checksum is another")
)

// AppendDump makes a payload of a type and value, which an Encoder without an Output has written: it appends the footer.
func AppendDump(value []byte, version int) []byte {
	value = binary.LittleEndian.AppendUint16(value, uint16(version))
	return binary.LittleEndian.AppendUint64(value, checksum(0, value))
}

// OpenDump checks a payload and takes it apart; raw, for Decode, lies in it. Versions up to newest are read, and ValkeyVersion if
// newest is NewestVersion. trust: the checksum isn't looked at. Without trust it must be right, also if it is 0.
func OpenDump(payload []byte, newest int, trust bool) (t Type, raw []byte, err error) {
	body, version, err := openPayload(payload, newest, trust)
	if err != nil {
		return noType, nil, err
	}
	if len(body) == 0 {
		return noType, nil, &Error{Err: errors.New("a payload without a value")}
	}
	t, known := TypeOf(body[0], version)
	if !known {
		return noType, nil, &Error{Err: errors.New("a payload of unknown type")}
	}
	return t, body[1:], nil
}

// openPayload checks the footer of a payload, and gives what stands before it.
func openPayload(payload []byte, newest int, trust bool) (body []byte, version int, err error) {
	if len(payload) < dumpFooter {
		return nil, 0, ErrDumpChecksum
	}
	body, footer := payload[:len(payload)-dumpFooter], payload[len(payload)-dumpFooter:]
	version = int(binary.LittleEndian.Uint16(footer))
	if version > newest && (version != ValkeyVersion || newest < NewestVersion) {
		return nil, 0, ErrDumpVersion
	}
	if !trust && checksum(0, payload[:len(payload)-bytesOfCRC]) != binary.LittleEndian.Uint64(footer[2:]) {
		return nil, 0, ErrDumpChecksum
	}
	return body, version, nil
}
