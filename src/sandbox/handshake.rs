//! The first messages of a PostgreSQL connection: encryption requests, the start-up packet, the password.
//! The engine itself trusts everybody, so that the password is checked before it sees a byte.

use std::io::{self, Read, Write};

/// Longest start-up packet: `MAX_STARTUP_PACKET_LENGTH` in PostgreSQL's pqcomm.h.
const MAX_STARTUP_PACKET: usize = 10_000;
const SSL_REQUEST: u32 = 80_877_103;
const GSS_REQUEST: u32 = 80_877_104;
const CANCEL_REQUEST: u32 = 80_877_102;

/// A start-up packet whose sender knew the password.
pub(super) struct Startup {
    /// The whole packet, as sent.
    pub packet: Vec<u8>,
    pub user: String,
    pub database: String,
}

/// Reads the start-up packet and checks the password. `None`: the peer was refused, or only sent a cancel request.
pub(super) fn accept<S: Read + Write>(
    stream: &mut S,
    password: &str,
) -> io::Result<Option<Startup>> {
    let packet = loop {
        let packet = read_packet(stream, MAX_STARTUP_PACKET)?;
        match protocol_code(&packet) {
            SSL_REQUEST | GSS_REQUEST => stream.write_all(b"N")?,
            CANCEL_REQUEST => return Ok(None),
            _ => break packet,
        }
    };
    let parameters = startup_parameters(&packet);
    let parameter = |name: &str| {
        parameters
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
    };
    let Some(user) = parameter("user") else {
        fatal(stream, "28000", "no user name in the start-up packet")?;
        return Ok(None);
    };
    // AuthenticationCleartextPassword: the listener is on loopback alone.
    stream.write_all(&[b'R', 0, 0, 0, 8, 0, 0, 0, 3])?;
    let mut tag = [0u8; 1];
    stream.read_exact(&mut tag)?;
    if tag[0] != b'p' {
        fatal(stream, "08P01", "expected a password message")?;
        return Ok(None);
    }
    let answer = read_packet(stream, MAX_STARTUP_PACKET)?;
    let given = answer.get(4..).unwrap_or_default();
    let given = given.strip_suffix(&[0]).unwrap_or(given);
    if !same(given, password.as_bytes()) {
        fatal(
            stream,
            "28P01",
            &format!("password authentication failed for user \"{user}\""),
        )?;
        return Ok(None);
    }
    let database = parameter("database").unwrap_or_else(|| user.clone());
    Ok(Some(Startup {
        packet,
        user,
        database,
    }))
}

/// Reads a length word and what it covers; the answer starts with the length word.
pub(super) fn read_packet<S: Read>(stream: &mut S, limit: usize) -> io::Result<Vec<u8>> {
    let mut length = [0u8; 4];
    stream.read_exact(&mut length)?;
    let size = u32::from_be_bytes(length) as usize;
    if size < 4 || size > limit {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a message of {size} bytes"),
        ));
    }
    let mut packet = length.to_vec();
    let read = stream.take(size as u64 - 4).read_to_end(&mut packet)?;
    if read + 4 < size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(packet)
}

/// The packet with more parameters at its end; a parameter that the client set itself stays.
pub(super) fn with_settings(packet: &[u8], settings: &[(String, String)]) -> Vec<u8> {
    let present = startup_parameters(packet);
    let mut extended = packet.strip_suffix(&[0]).unwrap_or(packet).to_vec();
    for (name, value) in settings {
        let clean = !name.contains('\0') && !value.contains('\0') && !name.is_empty();
        if clean && !present.iter().any(|(key, _)| key == name) {
            extended.extend_from_slice(name.as_bytes());
            extended.push(0);
            extended.extend_from_slice(value.as_bytes());
            extended.push(0);
        }
    }
    extended.push(0);
    let length = u32::try_from(extended.len())
        .unwrap_or(u32::MAX)
        .to_be_bytes();
    if let Some(word) = extended.get_mut(..4) {
        word.copy_from_slice(&length);
    }
    extended
}

/// Sends a FATAL error; the connection is over.
pub(super) fn fatal<S: Write>(stream: &mut S, sqlstate: &str, message: &str) -> io::Result<()> {
    let mut body = Vec::new();
    for (field, value) in [
        (b'S', "FATAL"),
        (b'V', "FATAL"),
        (b'C', sqlstate),
        (b'M', message),
    ] {
        body.push(field);
        body.extend(value.bytes().filter(|&byte| byte != 0));
        body.push(0);
    }
    body.push(0);
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    stream.write_all(b"E")?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(&body)?;
    stream.flush()
}

fn protocol_code(packet: &[u8]) -> u32 {
    match packet.get(4..8) {
        Some(&[a, b, c, d]) => u32::from_be_bytes([a, b, c, d]),
        _ => 0,
    }
}

fn startup_parameters(packet: &[u8]) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut parts = packet.get(8..).unwrap_or_default().split(|&byte| byte == 0);
    let mut parameters = Vec::new();
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        if name.is_empty() {
            break;
        }
        parameters.push((text(name), text(value)));
    }
    parameters
}

/// Compares in a time that does not depend on where the difference is.
fn same(given: &[u8], expected: &[u8]) -> bool {
    given.len() == expected.len()
        && given
            .iter()
            .zip(expected)
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Wire {
        input: io::Cursor<Vec<u8>>,
        output: Vec<u8>,
    }

    impl Read for Wire {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.input.read(buffer)
        }
    }

    impl Write for Wire {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.output.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn packet(body: &[u8]) -> Vec<u8> {
        let mut packet = u32::try_from(body.len() + 4)
            .unwrap()
            .to_be_bytes()
            .to_vec();
        packet.extend_from_slice(body);
        packet
    }

    fn startup() -> Vec<u8> {
        packet(b"\x00\x03\x00\x00user\0postgres\0database\0shop\0\0")
    }

    fn attempt(password: &[u8]) -> (Option<Startup>, Vec<u8>) {
        let mut input = packet(&SSL_REQUEST.to_be_bytes());
        input.extend(startup());
        input.push(b'p');
        input.extend(packet(&[password, b"\0"].concat()));
        let mut wire = Wire {
            input: io::Cursor::new(input),
            output: Vec::new(),
        };
        let accepted = accept(&mut wire, "secret").unwrap();
        (accepted, wire.output)
    }

    #[test]
    fn the_right_password_is_let_in() {
        let (accepted, output) = attempt(b"secret");
        let accepted = accepted.unwrap();
        assert_eq!(
            (accepted.user.as_str(), accepted.database.as_str()),
            ("postgres", "shop")
        );
        assert_eq!(output[0], b'N');
    }

    #[test]
    fn other_passwords_are_refused() {
        for wrong in [&b"secre"[..], b"secret ", b"Secret", b""] {
            let (accepted, output) = attempt(wrong);
            assert!(accepted.is_none());
            assert!(String::from_utf8_lossy(&output).contains("28P01"));
        }
    }

    #[test]
    fn absurd_lengths_are_refused() {
        for length in [0u32, 3, 10_001, u32::MAX] {
            let mut wire = io::Cursor::new(length.to_be_bytes().to_vec());
            assert!(read_packet(&mut wire, MAX_STARTUP_PACKET).is_err());
        }
    }

    #[test]
    fn settings_are_added_unless_the_client_set_them() {
        let settings = [
            ("work_mem".to_owned(), "8MB".to_owned()),
            ("database".to_owned(), "other".to_owned()),
        ];
        let extended = with_settings(&startup(), &settings);
        assert_eq!(
            u32::from_be_bytes(extended[..4].try_into().unwrap()) as usize,
            extended.len()
        );
        let parameters = startup_parameters(&extended);
        assert!(parameters.contains(&("work_mem".to_owned(), "8MB".to_owned())));
        assert!(parameters.contains(&("database".to_owned(), "shop".to_owned())));
    }
}
