package people

// argonCost is what one Argon2id hash costs (RFC 9106 §4, the second recommended set).
type argonCost struct {
	memory uint32 // KiB
	passes uint32
	lanes  uint8
}
